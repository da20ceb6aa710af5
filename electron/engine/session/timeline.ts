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

  add(micros: number, bytes: number): void {
    if (this.#points.length >= maxPoints) {
      this.#points = this.#points.filter((_, at) => at % 2 === 1);
      this.#millis *= 2;
    }
    this.#points.push({ micros, bytes });
  }
}
