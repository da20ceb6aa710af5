/**
 * Whether the next pass may run on the calling thread. Passes of a small model take less time than the way to another
 * thread and back; whoever runs many of them in a row must let the event loop turn in between.
 */
const shortMicros = 1000;

export class ShortPasses {
  #here = false;

  get here(): boolean {
    return this.#here;
  }

  /** @param micros of the pass that has just ended, of about as many rows as the next one */
  observe(micros: number): void {
    this.#here = micros < shortMicros;
  }
}
