/** The engine does one piece of work at a time; a second is told so instead of waiting unseen. */
import { FailureError } from '../../common/failure.ts';

export type Work = 'load' | 'decode';

export class OneAtATime {
  #current: { readonly what: Work; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;

  get running(): Work | null {
    return this.#current?.what ?? null;
  }

  /** @throws FailureError busy */
  async run<T>(what: Work, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#current !== null) {
      throw new FailureError('busy', `The engine is busy: a ${this.#current.what} is running.`);
    }
    const abort = new AbortController();
    let finish: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#current = { what, abort, ended };
    try {
      return await work(abort.signal);
    } finally {
      this.#current = null;
      finish();
    }
  }

  /** Nothing happens when other work, or none, is running. */
  abort(what: Work): void {
    if (this.#current?.what === what) this.#current.abort.abort();
  }

  /** Aborts whatever runs and waits until it has ended. */
  async stop(): Promise<void> {
    while (this.#current !== null) {
      this.#current.abort.abort();
      await this.#current.ended;
    }
  }
}
