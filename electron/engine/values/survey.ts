/** What findings need to know of a tensor's values, gathered piece by piece so that any size fits into memory. */
import { type Dtype, dtypeBytes } from '../../common/domain.ts';
import { decodeValues } from './decodeValues.ts';

export class ValueSurvey {
  elements = 0;
  nan = 0;
  infinite = 0;
  zero = 0;
  negative = 0;
  /** Of the finite values; min > max while there are none. */
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Smallest size of a finite value that is not 0. */
  smallest = Number.POSITIVE_INFINITY;
  /** Element of the first NaN or infinity that was met, and its value. */
  firstNonFinite: { readonly element: number; readonly value: number } | null = null;
  readonly #dtype: Dtype;

  constructor(dtype: Dtype) {
    this.#dtype = dtype;
  }

  /**
   * @param bytes whole elements
   * @param element place of the first of them in the tensor
   */
  add(bytes: Uint8Array, element: number): void {
    const count = Math.floor(bytes.length / dtypeBytes[this.#dtype]);
    this.elements += count;
    // Holes of sparse files, and tensors that nobody wrote: no need to decode them.
    if (count > 0 && isZero(bytes)) {
      this.zero += count;
      this.min = Math.min(this.min, 0);
      this.max = Math.max(this.max, 0);
      return;
    }
    const values = decodeValues(this.#dtype, bytes);
    let { nan, infinite, zero, negative, min, max, smallest } = this;
    for (let at = 0; at < values.length; at++) {
      const value = values[at] as number;
      if (!Number.isFinite(value)) {
        this.firstNonFinite ??= { element: element + at, value };
        if (Number.isNaN(value)) nan++;
        else infinite++;
        continue;
      }
      if (value < min) min = value;
      if (value > max) max = value;
      if (value === 0) zero++;
      else {
        if (value < 0) negative++;
        const size = value < 0 ? -value : value;
        if (size < smallest) smallest = size;
      }
    }
    Object.assign(this, { nan, infinite, zero, negative, min, max, smallest });
  }

  get isAllZero(): boolean {
    return this.elements > 0 && this.zero === this.elements;
  }

  /** The one finite value that all elements have; null = they differ, or not all are finite. */
  get constant(): number | null {
    return this.elements > 0 && this.nan + this.infinite === 0 && this.min === this.max ? this.min : null;
  }
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if (bytes[at] !== 0) return false;
  return true;
}
