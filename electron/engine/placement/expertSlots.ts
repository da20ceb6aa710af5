/** The expert rows of every rank: which expert each is meant for, and whose weights the loaders put there. */
import { type GroupPlacement, localExperts } from './expertPlacement.ts';

/** Columns over all rows of all ranks; the rows of rank r are start[r] .. start[r + 1]. */
export interface ExpertSlots {
  readonly start: Int32Array;
  /** Physical expert; numPhysicalExperts + j = fused shared expert j. */
  readonly physical: Int32Array;
  /** Logical expert for which tokens are sent here; numLogicalExperts + j = fused shared expert j. */
  readonly routed: Int32Array;
  /** Expert whose weights the loader puts here; -1 = the row is never written. */
  readonly loadedByDrafter: Int32Array;
  readonly loadedByTarget: Int32Array;
}

/** physical id -> row of one rank; -1 = elsewhere. */
type RowOf = (id: number) => number;

/** Rows of ranks whose expert map the reference can't build are left out. */
export function expertSlotsOf(group: GroupPlacement): ExpertSlots {
  const { numRanks, numLogicalExperts, numPhysicalExperts, numFusedSharedExperts, physicalToLogical } = group;
  const copiesOf = physicalIdsByLogical(physicalToLogical, numLogicalExperts);
  const start = new Int32Array(numRanks + 1);
  const locals = Array.from({ length: numRanks }, (_, rank) => {
    const local = localExperts(numPhysicalExperts, group.epSize, group.useExpertParallel ? rank : 0, group.policy);
    const built = 'type' in local ? null : local;
    start[rank + 1] = (start[rank] ?? 0) + (built === null ? 0 : built.count + numFusedSharedExperts);
    return built;
  });
  const size = start[numRanks] ?? 0;
  const column = () => new Int32Array(size).fill(-1);
  const slots: ExpertSlots = {
    start,
    physical: column(),
    routed: column(),
    loadedByDrafter: column(),
    loadedByTarget: column(),
  };
  for (const [rank, local] of locals.entries()) {
    if (local === null) continue;
    const first = start[rank] ?? 0;
    const { map, count } = local;
    // Ids past the physical experts are the fused shared ones, which stand after the rank's own rows.
    const rowOf: RowOf = (id) =>
      id >= numPhysicalExperts ? count + id - numPhysicalExperts : map === null ? id : (map[id] ?? -1);
    for (let id = 0; id < numPhysicalExperts + numFusedSharedExperts; id++) {
      const row = rowOf(id);
      if (row < 0) continue;
      slots.physical[first + row] = id;
      slots.routed[first + row] =
        id < numPhysicalExperts ? (physicalToLogical[id] ?? -1) : numLogicalExperts + id - numPhysicalExperts;
    }
    const put = (loaded: Int32Array, id: number, expert: number): boolean => {
      const row = rowOf(id);
      if (row >= 0) loaded[first + row] = expert;
      return row >= 0;
    };
    for (let expert = 0; expert < numLogicalExperts; expert++) {
      put(slots.loadedByDrafter, expert, expert);
      // The main model tries the copies in order and stops at the first that is here; with fused shared experts its
      // table lists no copies.
      if (numFusedSharedExperts > 0) put(slots.loadedByTarget, expert, expert);
      else copiesOf[expert]?.some((id) => put(slots.loadedByTarget, id, expert));
    }
    // Shared experts are loaded under the ids after the logical ones, which redundant copies take as well.
    for (let shared = numLogicalExperts; shared < numLogicalExperts + numFusedSharedExperts; shared++) {
      put(slots.loadedByDrafter, shared, shared);
      put(slots.loadedByTarget, shared, shared);
    }
  }
  return slots;
}

function physicalIdsByLogical(
  physicalToLogical: readonly number[],
  numLogical: number,
): readonly (readonly number[])[] {
  const ids: number[][] = Array.from({ length: numLogical }, () => []);
  for (const [physical, logical] of physicalToLogical.entries()) ids[logical]?.push(physical);
  return ids;
}

/** Rows where tokens meet other weights than those they are sent for, or none: indices into the columns, ascending. */
export function mismatchedRows(routed: Int32Array, loaded: Int32Array): Int32Array {
  const rows: number[] = [];
  for (let at = 0; at < routed.length; at++) if (routed[at] !== loaded[at]) rows.push(at);
  return Int32Array.from(rows);
}

export interface DoubledExpert {
  readonly rank: number;
  /** logical expert */
  readonly expert: number;
  readonly physical: readonly number[];
}

/** Ranks that hold one expert more than once: they pay for the copy twice and gain nothing. */
export function replicasOnOneRank({ start, physical, routed }: ExpertSlots): DoubledExpert[] {
  const found: DoubledExpert[] = [];
  for (let rank = 0; rank + 1 < start.length; rank++) {
    const holders = new Map<number, number[]>();
    for (let at = start[rank] ?? 0; at < (start[rank + 1] ?? 0); at++) {
      const expert = routed[at] ?? -1;
      const list = holders.get(expert);
      if (list === undefined) holders.set(expert, [physical[at] ?? -1]);
      else list.push(physical[at] ?? -1);
    }
    for (const [expert, list] of holders) if (list.length > 1) found.push({ rank, expert, physical: list });
  }
  return found;
}
