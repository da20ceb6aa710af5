/** The placement of all ranks as tables and as JSON. Pure. */
import type { Checkpoint, Placement } from '../../electron/common/contract.ts';
import { byteKinds } from '../../electron/common/schemas/placement.ts';
import { type CsvValue, csvOf } from './csv.ts';
import { jsonOf } from './json.ts';

/** One line a rank: the experts that it holds and the bytes of its parameters by kind, drafter and target. */
export function placementCsv(placement: Placement): string {
  const { slots, drafter, target, tensors } = placement;
  const header = [
    'rank',
    'experts',
    ...(['drafter', 'target'] as const).flatMap((model) => [
      `${model} bytes`,
      ...byteKinds.map((kind) => `${model} ${kind}`),
    ]),
    'drafter tensors loaded',
    'drafter tensors on other ranks',
  ];
  const ofRank = ({ total, bytes }: Placement['drafter'], rank: number) => [
    total[rank] ?? 0,
    ...byteKinds.map((_, at) => bytes[rank * byteKinds.length + at] ?? 0),
  ];
  const lines = Array.from({ length: placement.numRanks }, (_, rank) => [
    rank,
    [...slots.routed.subarray(slots.start[rank], slots.start[rank + 1])].join(' '),
    ...ofRank(drafter, rank),
    ...ofRank(target, rank),
    tensors?.loaded[rank] ?? null,
    tensors?.elsewhere[rank] ?? null,
  ]);
  return csvOf(header, lines);
}

/** One line a held expert: its rank and row, what it is, and what the loaders put there. */
export function placementCellsCsv({ slots, numRanks, numLogicalExperts, numPhysicalExperts }: Placement): string {
  const header = ['rank', 'row', 'physical expert', 'kind', 'routed', 'loaded by drafter', 'loaded by target'];
  const known = (expert: number | undefined) => (expert === undefined || expert < 0 ? null : expert);
  const lines: CsvValue[][] = [];
  for (let rank = 0; rank < numRanks; rank += 1) {
    const [start, end] = rowsOf(slots, rank);
    for (let at = start; at < end; at += 1) {
      const physical = slots.physical[at] ?? -1;
      const kind = physical < numLogicalExperts ? 'expert' : physical < numPhysicalExperts ? 'copy' : 'shared expert';
      const experts = [slots.routed[at], slots.loadedByDrafter[at], slots.loadedByTarget[at]].map(known);
      lines.push([rank, at - start, physical, kind, ...experts]);
    }
  }
  return csvOf(header, lines);
}

/** Policy, experts and bytes of every rank, and what is never loaded there. */
export function placementJson(checkpoint: Checkpoint, placement: Placement, version: string): string {
  const { parallel, policy, slots, drafter, target, mismatches, notes, layers, numRanks } = placement;
  const bytesOf = ({ total, bytes }: Placement['drafter'], rank: number) => ({
    total: total[rank] ?? 0,
    ...Object.fromEntries(byteKinds.map((kind, at) => [kind, bytes[rank * byteKinds.length + at] ?? 0])),
  });
  return jsonOf({
    application: `Draftscope ${version}`,
    checkpoint: checkpoint.name,
    setUp: parallel,
    policy,
    imbalance: { drafter: drafter.imbalance, target: target.imbalance },
    layers,
    ranks: Array.from({ length: numRanks }, (_, rank) => {
      const [start, end] = rowsOf(slots, rank);
      const never = (rows: Int32Array) =>
        Array.from(rows.filter((row) => row >= start && row < end)).map((row) => slots.physical[row] ?? -1);
      return {
        rank,
        physicalExperts: Array.from(slots.physical.subarray(start, end)),
        logicalExperts: Array.from(slots.routed.subarray(start, end)),
        neverLoaded: { drafter: never(mismatches.drafter), target: never(mismatches.target) },
        bytes: { drafter: bytesOf(drafter, rank), target: bytesOf(target, rank) },
      };
    }),
    notes,
  });
}

function rowsOf({ start }: Placement['slots'], rank: number): readonly [number, number] {
  return [start[rank] ?? 0, start[rank + 1] ?? start[rank] ?? 0];
}
