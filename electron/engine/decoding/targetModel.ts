/** The verifier: the target model on a native sequence, one pass for the prompt and one per step. */

import type { NativePassOptions, NativePassOutput, NativeSequence } from '../kernels/kernels.ts';
import { ShortPasses } from './shortPasses.ts';
import type { Candidate, Target, TargetRows } from './tokenModel.ts';

/** Best candidates of one row of a pass. */
export function candidatesOf(output: NativePassOutput, row: number): Candidate[] {
  const top = output.topIds.length / output.rows;
  return Array.from({ length: top }, (_, at) => ({
    id: output.topIds[row * top + at] as number,
    probability: output.topProbs[row * top + at] as number,
  }));
}

export interface TargetOptions {
  /** Best candidates per row. */
  readonly top: number;
  /** Whole rows of logits are copied out of native memory: for sampling. */
  readonly wantLogits: boolean;
  /** Told which experts each row of each pass went to: [MoE layers, rows, experts per token]. */
  readonly onRouted?: (routed: Int32Array) => void;
}

export class TargetModel implements Target {
  readonly #sequence: NativeSequence;
  readonly #options: TargetOptions;
  readonly #passes = new ShortPasses();

  constructor(sequence: NativeSequence, options: TargetOptions) {
    this.#sequence = sequence;
    this.#options = options;
  }

  prefill(promptIds: readonly number[]): Promise<TargetRows> {
    return this.#pass(promptIds, 0, { logitRows: 'last' }, []);
  }

  verify(lastId: number, draftIds: readonly number[], contextLength: number): Promise<TargetRows> {
    const probeIds = Int32Array.from([...draftIds, -1]);
    return this.#pass([lastId, ...draftIds], contextLength - 1, { logitRows: 'all', probeIds }, draftIds);
  }

  async #pass(
    tokens: readonly number[],
    firstRow: number,
    options: Pick<NativePassOptions, 'logitRows' | 'probeIds'>,
    draftIds: readonly number[],
  ): Promise<TargetRows> {
    const { top, wantLogits, onRouted } = this.#options;
    const output = await this.#sequence.targetPass(Int32Array.from(tokens), firstRow, {
      ...options,
      top,
      wantLogits,
      wantRouted: onRouted !== undefined,
      here: this.#passes.here && options.logitRows === 'all',
    });
    this.#passes.observe(output.micros);
    onRouted?.(output.routed);
    return {
      candidates: Array.from({ length: output.rows }, (_, row) => candidatesOf(output, row)),
      draftProbabilities: draftIds.map((_, at) => output.probeProbs[at] as number),
      logits: output.logits,
      micros: output.micros,
    };
  }
}
