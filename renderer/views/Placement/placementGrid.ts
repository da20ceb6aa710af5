import type { Plan } from '../../../electron/common/contract.ts';

export interface PlacementRows {
  /** Physical experts of which each rank holds all, or its own slice. */
  readonly filled: readonly (readonly number[])[];
  /** 1 = whole experts; n = every rank holds one n-th of each expert's inner size. */
  readonly slices: number;
  /** Row of the rank that is looked at. */
  readonly lookedAt: number;
}

/** Rows of the grid: expert-parallel ranks, or the ranks that share every expert when expert parallelism is off. */
export function placementRows(plan: Plan): PlacementRows {
  const { useExpertParallel, expertsOfRank, epRank, moeTpSize } = plan.placement;
  if (useExpertParallel) return { filled: expertsOfRank, slices: 1, lookedAt: epRank };
  const all = expertsOfRank[0] ?? [];
  return { filled: Array.from({ length: moeTpSize }, () => all), slices: moeTpSize, lookedAt: plan.parallel.rank };
}

/** "expert 12 → rank 3, local 0" */
export function describeCell(rows: PlacementRows, row: number, expert: number): string {
  const local = rows.filled[row]?.indexOf(expert) ?? -1;
  if (rows.slices > 1) return `expert ${expert} → slice ${row + 1} of ${rows.slices} on rank ${row}, local ${local}`;
  if (local >= 0) return `expert ${expert} → rank ${row}, local ${local}`;
  const holder = rows.filled.findIndex((list) => list.includes(expert));
  return holder < 0
    ? `expert ${expert} is on no rank`
    : `expert ${expert} is not on rank ${row}; it is on rank ${holder}`;
}
