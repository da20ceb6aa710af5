/** What moves between two set-ups, added up by the rank that receives. Pure. */
import type { Moves } from '../../electron/common/contract.ts';

export interface Received {
  readonly rank: number;
  /** Logical experts, ascending. */
  readonly experts: readonly number[];
  /** Lowest ranks that they come from, ascending; without those that no rank holds yet. */
  readonly from: readonly number[];
  /** Over all MoE layers. */
  readonly bytes: number;
}

/** Ranks that receive something, ascending. */
export function movesByRank({ moves }: Moves): Received[] {
  const byRank = new Map<number, { experts: Set<number>; from: Set<number>; bytes: number }>();
  moves.toRank.forEach((rank, at) => {
    const known = byRank.get(rank) ?? { experts: new Set<number>(), from: new Set<number>(), bytes: 0 };
    known.experts.add(moves.expert[at] ?? -1);
    const from = moves.fromRank[at] ?? -1;
    if (from >= 0) known.from.add(from);
    known.bytes += moves.bytes[at] ?? 0;
    byRank.set(rank, known);
  });
  const ascending = (numbers: ReadonlySet<number>) => [...numbers].sort((a, b) => a - b);
  return [...byRank]
    .sort(([a], [b]) => a - b)
    .map(([rank, { experts, from, bytes }]) => ({ rank, experts: ascending(experts), from: ascending(from), bytes }));
}
