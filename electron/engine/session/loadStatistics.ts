/** What was counted while the weights were read, told by parameter. */
import type { ParameterStatistics } from '../../common/contract.ts';
import type { NativeWeightStore } from '../kernels/kernels.ts';
import type { WeightPlan } from './weightPlan.ts';

const floats: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F8_E4M3']);

/** @returns null for a parameter whose values are no floats: nothing is counted of it */
export async function statisticsOf(
  store: NativeWeightStore,
  { name, dtype }: WeightPlan['parameters'][number],
  index: number,
): Promise<ParameterStatistics | null> {
  if (!floats.has(dtype)) return null;
  return { name, dtype, ...(await store.statistics(index)) };
}

/** Parameter that each tensor goes into; -1 = it is not read. */
export function parameterOfTensor({ items, tensorOfItem }: WeightPlan, tensors: number): Int32Array {
  const parameters = new Int32Array(tensors).fill(-1);
  for (const [item, { parameter }] of items.entries()) parameters[tensorOfItem[item] ?? 0] = parameter;
  return parameters;
}
