/** One rank's parameters as the rules and the weight loaders see them: shape, loader, slots. */
import type { Parameter, RaisedError, SlotId, VocabShard } from '../../common/domain.ts';

/** Class of the parameter object in the reference; decides together with the layer which loader runs. */
export type ReferenceClass =
  | 'Parameter'
  | 'ModelWeightParameter'
  | 'BlockQuantScaleParameter'
  | 'PerTensorScaleParameter';

/** How a tensor gets into the parameter. Part sizes are rows of the whole model, before any cut. */
export type ParameterLoader =
  | { readonly kind: 'default' }
  | { readonly kind: 'replicated' }
  | { readonly kind: 'columnParallel'; readonly tpSize: number; readonly tpRank: number; readonly perTensor: boolean }
  | { readonly kind: 'rowParallel'; readonly tpSize: number; readonly tpRank: number; readonly perTensor: boolean }
  | {
      readonly kind: 'merged';
      readonly reference: 'MergedColumnParallelLinear' | 'QKVParallelLinear';
      readonly parts: readonly number[];
      readonly tpSize: number;
      readonly tpRank: number;
      /** Rows of one scale block; null for weights. */
      readonly blockRows: number | null;
      readonly perTensor: boolean;
    }
  | { readonly kind: 'vocabulary'; readonly vocabSize: number; readonly shard: VocabShard }
  | {
      readonly kind: 'experts';
      readonly projection: 'w13' | 'w2';
      readonly field: 'weight' | 'perTensorScale' | 'inputScale';
      readonly moeTpSize: number;
      readonly moeTpRank: number;
    };

/** A parameter with its loader. Slots are numbered [expert row][slot] from `firstSlot`; they are disjoint boxes. */
export interface ParameterSpec extends Parameter {
  readonly referenceClass: ReferenceClass;
  readonly loader: ParameterLoader;
  readonly firstSlot: number;
  /** Slots of one expert row, or of the whole parameter when it has no expert rows. */
  readonly slotIds: readonly SlotId[];
  /** Elements of each entry of slotIds. */
  readonly slotNumels: readonly number[];
  /** Expert rows; null = not an expert parameter. */
  readonly expertRows: number | null;
}

export interface ParameterTable {
  readonly parameters: readonly ParameterSpec[];
  readonly indexOf: ReadonlyMap<string, number>;
  readonly numSlots: number;
}

export function numSlotsOf(parameter: ParameterSpec): number {
  return parameter.slotIds.length * (parameter.expertRows ?? 1);
}

/** Thrown while the table is built, where the reference raises in a constructor; caught by buildParameters. */
export class ConstructionError extends Error {
  readonly raised: RaisedError;
  constructor(type: string, message: string) {
    super(message);
    this.raised = { type, message };
  }
}

export function ceilDiv(a: number, b: number): number {
  return Math.ceil(a / b);
}

export function product(shape: readonly number[]): number {
  let result = 1;
  for (const size of shape) result *= size;
  return result;
}
