/** A load as JSON and its reads as CSV. Pure. */
import type { Checkpoint, LoadReads, LoadState, ReadCeiling } from '../../electron/common/contract.ts';
import { type LaneKey, type LaneSums, lanesOf, readsOf, sumsOf } from '../../electron/common/readLanes.ts';
import { csvOf } from './csv.ts';

export interface LoadFacts {
  readonly load: LoadState;
  /** null: not measured. */
  readonly ceiling: ReadCeiling | null;
  /** Of this load; empty where it read nothing. */
  readonly reads: readonly LoadReads[];
}

/** Bytes per second; null where no time has passed. */
export function rateOf({ bytes, micros }: { readonly bytes: number; readonly micros: number }): number | null {
  return micros > 0 ? (bytes / micros) * 1e6 : null;
}

/** Times are in micros, rates in bytes per second. */
export function loadJson(checkpoint: Checkpoint, { load, ceiling, reads }: LoadFacts, version: string): string {
  const { checkpointId: _id, run: _run, parallel, groups, timeline, ...totals } = load;
  const sums = (by: LaneKey): readonly LaneSums[] => lanesOf(reads, by).map((lane) => sumsOf(lane, by));
  const record = {
    application: `Draftscope ${version}`,
    checkpoint: { name: checkpoint.name, totals: checkpoint.totals },
    setUp: parallel,
    ...totals,
    bytesPerSecond: rateOf({ bytes: load.bytesRead, micros: load.micros - load.pausedMicros }),
    plainReads: ceiling === null ? null : { ...ceiling, bytesPerSecond: rateOf(ceiling) },
    groups,
    files: sums('file').map(({ id, others, ...file }) => ({
      name: checkpoint.files[id]?.name ?? String(id),
      ...file,
      threads: others,
    })),
    readers: sums('thread').map(({ id, others, ...thread }) => ({ thread: id, ...thread, files: others })),
    timeline,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** One line a read, in the order in which they were told. */
export function readsCsv(checkpoint: Checkpoint, reads: readonly LoadReads[]): string {
  const lines = Array.from(readsOf(reads), ({ file, thread, begin, end, bytes }) => [
    checkpoint.files[file]?.name ?? String(file),
    thread,
    begin,
    end,
    bytes,
  ]);
  return csvOf(['file', 'thread', 'begin micros', 'end micros', 'bytes'], lines);
}
