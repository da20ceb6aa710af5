/** Placement -> the rows of a cell grid. Pure. */
import type { Moves, Placement } from '../../../electron/common/contract.ts';
import { listRanges } from '../../format.ts';
import type { PlacementModel } from '../../stores/placementStore.ts';
import { type CellMark, type CellRow, cellMarks } from '../../widgets/cellGridModel.ts';

/** One row a rank; a held expert is a cell: plain, a copy, or one whose tokens meet other weights than their own. */
export function placementCells(placement: Placement, model: PlacementModel, moves: Moves | null): CellRow[] {
  const { slots, numLogicalExperts, numPhysicalExperts, numRanks, moeTpSize } = placement;
  const wrong = new Set(placement.mismatches[model]);
  const arrivals = moves === null ? null : arrivalsByRank(moves);
  return Array.from({ length: numRanks }, (_, rank) => {
    const start = slots.start[rank] ?? 0;
    const end = slots.start[rank + 1] ?? start;
    const marks = Uint8Array.from({ length: end - start }, (_unused, at) => {
      const physical = slots.physical[start + at] ?? 0;
      const mark: CellMark = wrong.has(start + at)
        ? 'wrong'
        : physical >= numLogicalExperts && physical < numPhysicalExperts
          ? 'copy'
          : 'plain';
      return cellMarks.indexOf(mark);
    });
    const arrived = arrivals?.get(rank);
    const outlined = Uint8Array.from({ length: end - start }, (_unused, at) =>
      arrived?.has(slots.routed[start + at] ?? -1) ? 1 : 0,
    );
    return { columns: slots.physical.subarray(start, end), marks, outlined, slice: moeTpSize > 1 ? rank : 0 };
  });
}

function arrivalsByRank({ moves }: Moves): Map<number, Set<number>> {
  const arrivals = new Map<number, Set<number>>();
  moves.toRank.forEach((rank, at) => {
    const expert = moves.expert[at] ?? -1;
    const known = arrivals.get(rank);
    if (known) known.add(expert);
    else arrivals.set(rank, new Set([expert]));
  });
  return arrivals;
}

/** Columns of the grid: physical experts, and then shared ones that are loaded as routed. */
export function columnCount(placement: Placement): number {
  return placement.numPhysicalExperts + placement.numFusedSharedExperts;
}

/** "0–31; copies 256–263; never loaded 260", for those who can't see the row of a rank. */
export function tellPlacementRow(placement: Placement, model: PlacementModel, rank: number): string {
  const { slots, numLogicalExperts, numPhysicalExperts, mismatches } = placement;
  const start = slots.start[rank] ?? 0;
  const end = slots.start[rank + 1] ?? start;
  const ids = Array.from(slots.physical.subarray(start, end));
  const isCopy = (id: number) => id >= numLogicalExperts && id < numPhysicalExperts;
  const wrong = Array.from(mismatches[model].filter((row) => row >= start && row < end));
  const named = (name: string, list: readonly number[]) => (list.length === 0 ? [] : [`${name}${listRanges(list)}`]);
  return [
    ...named(
      '',
      ids.filter((id) => !isCopy(id)),
    ),
    ...named('copies ', ids.filter(isCopy)),
    ...named(
      'never loaded ',
      wrong.map((row) => slots.physical[row] ?? -1),
    ),
  ].join('; ');
}

/** Ranks that hold each logical expert, ascending, a copy included. */
export function ranksHolding({ slots, numRanks, numLogicalExperts }: Placement): number[][] {
  const holders = Array.from({ length: numLogicalExperts }, (): number[] => []);
  for (let rank = 0; rank < numRanks; rank += 1)
    for (let row = slots.start[rank] ?? 0; row < (slots.start[rank + 1] ?? 0); row += 1) {
      const list = holders[slots.routed[row] ?? -1];
      if (list && list.at(-1) !== rank) list.push(rank);
    }
  return holders;
}

/** "expert 12 on rank 3, local 0: copy of expert 4; the drafter's loader never fills it" */
export function describePlacementCell(
  placement: Placement,
  model: PlacementModel,
  rank: number,
  physical: number,
): string {
  const { slots, numLogicalExperts, numPhysicalExperts, physicalToLogical } = placement;
  const start = slots.start[rank] ?? 0;
  const local = slots.physical.subarray(start, slots.start[rank + 1] ?? start).indexOf(physical);
  const name = physical >= numPhysicalExperts ? `shared expert ${physical - numPhysicalExperts}` : `expert ${physical}`;
  const copy =
    physical >= numLogicalExperts && physical < numPhysicalExperts
      ? `, a copy of expert ${physicalToLogical[physical] ?? 0}`
      : '';
  if (local < 0) {
    const owner = ownerOf(placement, physical);
    return owner < 0 ? `${name}${copy} is on no rank` : `${name}${copy}: on rank ${owner}, not on rank ${rank}`;
  }
  const slice = placement.moeTpSize > 1 ? `, slice ${rank + 1} of ${placement.moeTpSize}` : '';
  const row = start + local;
  const loaded = (model === 'drafter' ? slots.loadedByDrafter : slots.loadedByTarget)[row] ?? -1;
  const routed = slots.routed[row] ?? -1;
  const filled =
    loaded === routed
      ? ''
      : loaded < 0
        ? `. Tokens for expert ${routed} are sent here, but the ${model}'s loader never fills it`
        : `. Tokens for expert ${routed} are sent here, but the ${model}'s loader puts expert ${loaded} here`;
  return `${name}${copy}: rank ${rank}, local ${local}${slice}${filled}`;
}

function ownerOf({ slots, numRanks }: Placement, physical: number): number {
  const row = slots.physical.indexOf(physical);
  if (row < 0) return -1;
  for (let rank = 0; rank < numRanks; rank += 1) if (row < (slots.start[rank + 1] ?? 0)) return rank;
  return -1;
}
