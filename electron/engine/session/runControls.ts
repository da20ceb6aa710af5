/** What can be changed while a run lasts: k, the pace, and whether it goes on by itself. */

export interface ControlState {
  readonly paused: boolean;
  readonly numSpeculativeTokens: number;
  readonly paceMillis: number;
}

export interface ControlChange {
  readonly paused?: boolean | undefined;
  readonly numSpeculativeTokens?: number | undefined;
  readonly paceMillis?: number | undefined;
  /** One step, and then paused. */
  readonly step?: boolean | undefined;
}

export class RunControls {
  #state: ControlState;
  #stepsAllowed = 0;
  #wake: () => void = () => undefined;

  constructor(state: ControlState) {
    this.#state = state;
  }

  get state(): ControlState {
    return this.#state;
  }

  change({ step, paused, numSpeculativeTokens, paceMillis }: ControlChange): ControlState {
    this.#state = {
      paused: step === true ? true : (paused ?? this.#state.paused),
      numSpeculativeTokens: numSpeculativeTokens ?? this.#state.numSpeculativeTokens,
      paceMillis: paceMillis ?? this.#state.paceMillis,
    };
    if (step === true) this.#stepsAllowed++;
    else if (paused !== undefined) this.#stepsAllowed = 0;
    this.#wake();
    return this.#state;
  }

  /** Waits until the next step may begin: the pace, counted from now, and a pause. Not past the abort. */
  async mayStep(signal: AbortSignal): Promise<void> {
    const begin = performance.now();
    while (!signal.aborted) {
      if (this.#state.paused) {
        if (this.#stepsAllowed > 0) {
          this.#stepsAllowed--;
          return;
        }
        await this.#changed(signal, Number.POSITIVE_INFINITY);
        continue;
      }
      const wait = begin + this.#state.paceMillis - performance.now();
      if (wait <= 0) return;
      await this.#changed(signal, wait);
    }
  }

  /** A change, the abort, or the end of the wait. */
  #changed(signal: AbortSignal, millis: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = Number.isFinite(millis) ? setTimeout(done, millis) : undefined;
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }
}
