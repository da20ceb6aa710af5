/** What ranks must receive when one placement of the experts is changed into another. */
import type { GroupPlacement } from './expertPlacement.ts';
import { expertSlotsOf } from './expertSlots.ts';

export interface ExpertMoves {
  /** logical expert; numLogicalExperts + j = fused shared expert j */
  readonly expert: Int32Array;
  /** Lowest rank that holds some of what is missing; -1 = none. */
  readonly fromRank: Int32Array;
  readonly toRank: Int32Array;
  /** Part of the expert that is missing, 0 < share <= 1. */
  readonly share: Float64Array;
  /** Experts, whole ones worth, that move and that all ranks of the new placement hold. */
  readonly moved: number;
  readonly held: number;
}

/** The part of each expert's inner dimension that a rank holds, [begin, end) of 0 .. 1. */
function sliceOf({ useExpertParallel, numRanks }: GroupPlacement, rank: number): readonly [number, number] {
  return useExpertParallel ? [0, 1] : [rank / numRanks, (rank + 1) / numRanks];
}

/**
 * Compares where tokens are sent before and after; ranks are matched by number. What a rank already holds stays, down
 * to slices. A second copy on the same rank costs nothing here: it can be made on the spot.
 */
export function expertMovesBetween(from: GroupPlacement, to: GroupPlacement): ExpertMoves {
  const before = holdersOf(from);
  const after = holdersOf(to);
  const moves: { expert: number; fromRank: number; toRank: number; share: number }[] = [];
  let moved = 0;
  let held = 0;
  for (const [toRank, experts] of after.ofRank.entries()) {
    const [begin, end] = sliceOf(to, toRank);
    const own = toRank < from.numRanks ? sliceOf(from, toRank) : null;
    for (const expert of experts) {
      held += end - begin;
      const kept = own !== null && before.ofRank[toRank]?.has(expert) ? overlap([begin, end], own) : 0;
      const share = end - begin - kept;
      if (share <= 1e-12) continue;
      moved += share;
      moves.push({ expert, fromRank: sourceOf(from, before, expert, [begin, end], toRank), toRank, share });
    }
  }
  return {
    expert: Int32Array.from(moves, (move) => move.expert),
    fromRank: Int32Array.from(moves, (move) => move.fromRank),
    toRank: Int32Array.from(moves, (move) => move.toRank),
    share: Float64Array.from(moves, (move) => move.share),
    moved,
    held,
  };
}

interface Holders {
  readonly ofRank: readonly ReadonlySet<number>[];
  /** expert -> ranks, ascending */
  readonly ofExpert: ReadonlyMap<number, readonly number[]>;
}

function holdersOf(group: GroupPlacement): Holders {
  const { start, routed } = expertSlotsOf(group);
  const ofExpert = new Map<number, number[]>();
  const ofRank = Array.from({ length: group.numRanks }, (_, rank) => {
    const experts = new Set(routed.subarray(start[rank], start[rank + 1]));
    for (const expert of experts) {
      const ranks = ofExpert.get(expert);
      if (ranks === undefined) ofExpert.set(expert, [rank]);
      else ranks.push(rank);
    }
    return experts;
  });
  return { ofRank, ofExpert };
}

function sourceOf(
  from: GroupPlacement,
  { ofExpert }: Holders,
  expert: number,
  wanted: readonly [number, number],
  toRank: number,
): number {
  const ranks = ofExpert.get(expert) ?? [];
  return ranks.find((rank) => rank !== toRank && overlap(wanted, sliceOf(from, rank)) > 0) ?? -1;
}

function overlap(a: readonly [number, number], b: readonly [number, number]): number {
  return Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0]));
}
