/** Bytes over time in a bounded number of points, dense enough for a load of milliseconds and for one of hours. */

export interface TimelinePoint {
  /** Since the start. */
  readonly micros: number;
  readonly bytes: number;
}

const maxPoints = 200;
const firstMillis = 1;

export class Timeline {
  #points: TimelinePoint[] = [];
  #millis = firstMillis;

  /** How long to wait before the next point: doubles whenever the points are thinned out. */
  get millis(): number {
    return this.#millis;
  }

  get points(): TimelinePoint[] {
    return [...this.#points];
  }

  /** A point close behind the last one takes its place: a rate over so short a time would be noise. */
  add(micros: number, bytes: number): void {
    const last = this.#points.at(-1);
    if (last !== undefined && micros - last.micros < this.#millis * 500) this.#points.pop();
    if (this.#points.length >= maxPoints) {
      this.#points = this.#points.filter((_, at) => at % 2 === 1);
      this.#millis *= 2;
    }
    this.#points.push({ micros, bytes });
  }
}
