/** Routing counts -> heat over the cells of the grid. Pure. */
import type { Placement, Routing } from '../../../electron/common/contract.ts';
import type { CellRow } from '../../widgets/cellGridModel.ts';

export interface ExpertCounts {
  /** logical expert -> tokens sent to it */
  readonly of: Float64Array;
  readonly most: number;
  readonly total: number;
}

/** @param layer number of a layer; null = all layers together. A layer that was not routed in has no counts. */
export function expertCounts(routing: Routing, layer: number | null): ExpertCounts {
  const { counts, numExperts, layers } = routing;
  const of = new Float64Array(numExperts);
  let total = 0;
  for (let row = 0; row < layers.length; row += 1) {
    if (layer !== null && layers[row] !== layer) continue;
    for (let expert = 0; expert < numExperts; expert += 1) {
      const count = counts[row * numExperts + expert] ?? 0;
      of[expert] = (of[expert] ?? 0) + count;
      total += count;
    }
  }
  return { of, most: of.reduce((most, count) => Math.max(most, count), 0), total };
}

/** The rows with a heat of 0 to 1 a held cell. A copy shows the count of its logical expert. */
export function withHeat(rows: readonly CellRow[], placement: Placement, counts: ExpertCounts): CellRow[] {
  const { physicalToLogical } = placement;
  return rows.map((row) => ({
    ...row,
    heat: Float32Array.from(
      row.columns,
      (physical) => (counts.of[physicalToLogical[physical] ?? -1] ?? 0) / Math.max(1, counts.most),
    ),
  }));
}

/**
 * The rank that would get the largest share of the tokens, when copies share those of their expert evenly.
 * @returns null where ranks don't hold experts of their own, or nothing was routed
 */
export function busiestRank(
  { useExpertParallel, numRanks, slots, replicas }: Placement,
  { of, total }: ExpertCounts,
): { readonly rank: number; readonly share: number } | null {
  if (!useExpertParallel || total === 0) return null;
  let busiest = { rank: 0, share: -1 };
  for (let rank = 0; rank < numRanks; rank += 1) {
    let tokens = 0;
    for (let at = slots.start[rank] ?? 0; at < (slots.start[rank + 1] ?? 0); at += 1) {
      const logical = slots.routed[at] ?? -1;
      tokens += (of[logical] ?? 0) / Math.max(1, replicas[logical] ?? 1);
    }
    if (tokens / total > busiest.share) busiest = { rank, share: tokens / total };
  }
  return busiest;
}
