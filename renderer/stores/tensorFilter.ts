/** Which tensors the Mapping table shows: an index array, no object per row. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';

export interface TensorFilter {
  /** Substrings of the name, separated by spaces; all must occur; case does not matter. */
  readonly search: string;
  /** Index into outcomes, rules, layers (-1 = tensors of no layer); null = any. */
  readonly outcome: number | null;
  readonly rule: number | null;
  readonly layer: number | null;
}

export const noFilter: TensorFilter = { search: '', outcome: null, rule: null, layer: null };

const lowered = new WeakMap<readonly string[], readonly string[]>();

function lowerCaseNames(names: readonly string[]): readonly string[] {
  const known = lowered.get(names);
  if (known) return known;
  const made = names.map((name) => name.toLowerCase());
  lowered.set(names, made);
  return made;
}

/** Indices of the tensors that pass, in checkpoint order. */
export function filterTensors(
  tensors: Checkpoint['tensors'],
  plan: Plan['tensors'],
  filter: TensorFilter,
): Uint32Array {
  const names = lowerCaseNames(tensors.names);
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const passing = new Uint32Array(names.length);
  let count = 0;
  for (let index = 0; index < names.length; index += 1) {
    if (filter.outcome !== null && plan.outcome[index] !== filter.outcome) continue;
    if (filter.rule !== null && plan.rule[index] !== filter.rule) continue;
    if (filter.layer !== null && tensors.layer[index] !== filter.layer) continue;
    const name = names[index] ?? '';
    if (!words.every((word) => name.includes(word))) continue;
    passing[count] = index;
    count += 1;
  }
  return passing.subarray(0, count);
}

/** Layer numbers that occur, ascending; -1 stands for tensors of no layer. */
export function layersOf(tensors: Checkpoint['tensors']): number[] {
  return [...new Set(tensors.layer)].sort((a, b) => a - b);
}

export function isFiltering(filter: TensorFilter): boolean {
  return filter.search.trim() !== '' || filter.outcome !== null || filter.rule !== null || filter.layer !== null;
}
