/** The verifier: the target model on a native sequence, one pass for the prompt and one per step. */
import type { NativePassOutput, NativeSequence } from '../kernels/kernels.ts';
import type { Candidate, Target, Verification } from './tokenModel.ts';

/** Best candidates of one row of a pass. */
export function candidatesOf(output: NativePassOutput, row: number): Candidate[] {
  const top = output.topIds.length / output.rows;
  return Array.from({ length: top }, (_, at) => ({
    id: output.topIds[row * top + at] as number,
    probability: output.topProbs[row * top + at] as number,
  }));
}

export class TargetModel implements Target {
  readonly #sequence: NativeSequence;
  readonly #top: number;

  constructor(sequence: NativeSequence, top: number) {
    this.#sequence = sequence;
    this.#top = top;
  }

  async prefill(promptIds: readonly number[]): Promise<{ candidates: readonly Candidate[]; micros: number }> {
    const output = await this.#sequence.targetPass(Int32Array.from(promptIds), 0, {
      logitRows: 'last',
      top: this.#top,
    });
    return { candidates: candidatesOf(output, 0), micros: output.micros };
  }

  async verify(lastId: number, draftIds: readonly number[], contextLength: number): Promise<Verification> {
    const output = await this.#sequence.targetPass(Int32Array.from([lastId, ...draftIds]), contextLength - 1, {
      logitRows: 'all',
      top: this.#top,
      probeIds: Int32Array.from([...draftIds, -1]),
    });
    return {
      candidates: Array.from({ length: output.rows }, (_, row) => candidatesOf(output, row)),
      draftProbabilities: draftIds.map((_, at) => output.probeProbs[at] as number),
      micros: output.micros,
    };
  }
}
