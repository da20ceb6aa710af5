/** What was seen of the values of a checkpoint: the material of the value findings. */
import type { Tensor } from '../../../../common/domain.ts';
import type { ValueSurvey } from '../../../values/survey.ts';
import type { SharedPair } from './sharedPairs.ts';
import type { TensorRole } from './tensorRole.ts';

export interface TensorFacts {
  readonly tensor: Tensor;
  readonly role: TensorRole;
  readonly survey: ValueSurvey;
  readonly bytesRead: number;
  /** Every byte was read. */
  readonly isWhole: boolean;
}

export interface PairFacts extends SharedPair {
  /** Where they differ first, as far as they were read; null = nowhere. */
  readonly difference:
    | { readonly kind: 'form' }
    | { readonly kind: 'value'; readonly element: number; readonly copy: number; readonly original: number }
    | null;
  /** Bytes of each that were compared. */
  readonly bytesCompared: number;
  readonly isWhole: boolean;
}

export interface ZeroFile {
  readonly name: string;
  readonly holdsDrafting: boolean;
  /** The file system keeps next to no bytes for it: it was made, but never written. */
  readonly isHollow: boolean;
}

export interface ValuePicture {
  /** Without those of `zeroFiles`, in the order of the checkpoint. */
  readonly tensors: readonly TensorFacts[];
  readonly pairs: readonly PairFacts[];
  /** Files in which every value that was read is 0. */
  readonly zeroFiles: readonly ZeroFile[];
  readonly numFiles: number;
  readonly numTensors: number;
  /** Tensors of which anything was read, those of `zeroFiles` with them. */
  readonly tensorsRead: number;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  /** What could not be read, one sentence each. */
  readonly failures: readonly string[];
}
