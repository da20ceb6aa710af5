/** A checked command line. */
import type { Alternative, DeviceChoice, ParallelConfig, Predictor, SamplingParams } from '../common/domain.ts';
import type { ForwardRequest } from '../engine/session/forwardRun.ts';

export const commandNames = ['check', 'plan', 'explain', 'load', 'generate', 'forward', 'headers'] as const;
export type CliCommand = (typeof commandNames)[number];

/** Where a forward pass is written to beside what is computed. */
export type ForwardCommand = ForwardRequest & { readonly out: string };

export interface CliRequest {
  readonly command: CliCommand;
  /** '' when tensorsFile is given. */
  readonly checkpoint: string;
  /** plan --tensors: a case without files; '' for a checkpoint folder. */
  readonly tensorsFile: string;
  /** Name of the tensor to explain; '' for other commands. */
  readonly tensor: string;
  /** explain: every rank of the set-up, not one. */
  readonly allRanks: boolean;
  readonly json: boolean;
  /** check: values are read whole instead of sampled. */
  readonly readAll: boolean;
  /** load: values are counted while they are read. */
  readonly statistics: boolean;
  readonly parallel: ParallelConfig;
  /** MTP layers use the target's embedding and head in place of their own. */
  readonly sharesTables: boolean;
  readonly threads: number;
  readonly device: DeviceChoice;
  readonly prompt: string;
  readonly promptIds: number[] | undefined;
  readonly maxTokens: number;
  /** undefined: as many as the checkpoint has MTP layers. */
  readonly numSpeculativeTokens: number | undefined;
  readonly predictor: Predictor;
  /** generate: departures from how the checkpoint was trained. */
  readonly alternatives: readonly Alternative[];
  /** Without a seed where none was given. */
  readonly sampling: Omit<SamplingParams, 'seed'> & { readonly seed: number | undefined };
  /** Where `headers` writes; '' for other commands. */
  readonly headersOut: string;
  /** null for other commands. */
  readonly forward: ForwardCommand | null;
}
