/** A list that is made while it is gone through: a record of half a million rows never stands in memory as a whole. */
export class Rows<T> implements Iterable<T> {
  readonly #make: () => Iterable<T>;

  /** @param make called for each going through */
  constructor(make: () => Iterable<T>) {
    this.#make = make;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#make()[Symbol.iterator]();
  }

  /** As JSON it is an array like any other. */
  toJSON(): T[] {
    return [...this];
  }
}
