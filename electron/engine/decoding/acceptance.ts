/** Counts accepted drafts as the reference engine does (specification, section 12.6). */
import type { AcceptanceCounters } from '../../common/acceptanceMetrics.ts';

export interface RunCounters extends AcceptanceCounters {
  /** All steps, also those without drafts. */
  readonly numSteps: number;
}

export class Acceptance {
  #numSteps = 0;
  #numDrafts = 0;
  #drafted = 0;
  #accepted = 0;
  readonly #atLeast: number[];

  /** @param k positions that are counted from the start; a longer draft adds to them */
  constructor(k: number) {
    this.#atLeast = new Array<number>(k).fill(0);
  }

  observe(drafted: number, accepted: number): void {
    this.#numSteps++;
    if (drafted > 0) this.#numDrafts++;
    this.#drafted += drafted;
    this.#accepted += accepted;
    while (this.#atLeast.length < drafted) this.#atLeast.push(0);
    for (let at = 0; at < accepted; at++) this.#atLeast[at] = (this.#atLeast[at] as number) + 1;
  }

  counters(): RunCounters {
    return {
      numSteps: this.#numSteps,
      numDrafts: this.#numDrafts,
      drafted: this.#drafted,
      accepted: this.#accepted,
      acceptedAtLeast: [...this.#atLeast],
    };
  }
}
