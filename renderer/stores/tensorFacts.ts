/** Dtype and shape of a tensor, which are kept once for all tensors that share them. Pure. */
import type { Checkpoint } from '../../electron/common/contract.ts';

type Tensors = Pick<Checkpoint['tensors'], 'dtypes' | 'dtype' | 'shapes' | 'shape'>;

export function dtypeOf({ dtypes, dtype }: Tensors, tensor: number): string {
  return dtypes[dtype[tensor] ?? -1] ?? '';
}

/** Sizes, outermost first; empty for a scalar and for tensors that are not there. */
export function shapeOf({ shapes, shape }: Tensors, tensor: number): readonly number[] {
  return shapes[shape[tensor] ?? -1] ?? [];
}
