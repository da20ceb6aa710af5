/** Tensors by name. */
import type { Tensor } from '../../common/domain.ts';

/** Made at the first question; gone with the list. Some 20 MB for half a million names. */
const known = new WeakMap<readonly Tensor[], ReadonlyMap<string, number>>();

/** @returns index of the first tensor of that name; -1 = none */
export function indexOfTensor(tensors: readonly Tensor[], name: string): number {
  const index = known.get(tensors) ?? indexOf(tensors);
  known.set(tensors, index);
  return index.get(name) ?? -1;
}

function indexOf(tensors: readonly Tensor[]): ReadonlyMap<string, number> {
  const index = new Map<string, number>();
  // Backwards, so that of two with one name the first stays.
  for (let at = tensors.length - 1; at >= 0; at--) index.set((tensors[at] as Tensor).name, at);
  return index;
}
