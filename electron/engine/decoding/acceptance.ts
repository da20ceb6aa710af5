/** Counts of accepted drafts, as the reference engine counts them (specification, section 12.6). */

export interface AcceptanceCounters {
  readonly numSteps: number;
  readonly drafted: number;
  readonly accepted: number;
  /** [i] = steps in which at least i + 1 drafts were accepted. */
  readonly acceptedAtLeast: readonly number[];
}

export class Acceptance {
  #numSteps = 0;
  #drafted = 0;
  #accepted = 0;
  readonly #atLeast: number[] = [];

  observe(drafted: number, accepted: number): void {
    this.#numSteps++;
    this.#drafted += drafted;
    this.#accepted += accepted;
    while (this.#atLeast.length < drafted) this.#atLeast.push(0);
    for (let at = 0; at < accepted; at++) this.#atLeast[at] = (this.#atLeast[at] as number) + 1;
  }

  counters(): AcceptanceCounters {
    return {
      numSteps: this.#numSteps,
      drafted: this.#drafted,
      accepted: this.#accepted,
      acceptedAtLeast: [...this.#atLeast],
    };
  }
}
