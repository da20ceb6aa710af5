/** The reads of a load as lanes over time, and in sums. Pure; times in micros since reading began. */
import type { LoadReads } from './contract.ts';

export interface LaneRead {
  readonly file: number;
  readonly thread: number;
  readonly begin: number;
  readonly end: number;
  readonly bytes: number;
}

export type LaneKey = 'file' | 'thread';

export interface Lane {
  /** Number of the file or of the thread. */
  readonly id: number;
  readonly bytes: number;
  readonly reads: readonly LaneRead[];
}

/** All reads in the order in which they were told. */
export function* readsOf(pieces: readonly LoadReads[]): Generator<LaneRead> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.file.length; at += 1) {
      yield {
        file: piece.file[at] ?? 0,
        thread: piece.thread[at] ?? 0,
        begin: piece.beginMicros[at] ?? 0,
        end: piece.endMicros[at] ?? 0,
        bytes: piece.bytes[at] ?? 0,
      };
    }
  }
}

/** One lane for every file that was read, or for every thread that read, by number. */
export function lanesOf(pieces: readonly LoadReads[], by: LaneKey): Lane[] {
  const lanes = new Map<number, { id: number; bytes: number; reads: LaneRead[] }>();
  for (const read of readsOf(pieces)) {
    const id = read[by];
    const lane = lanes.get(id) ?? { id, bytes: 0, reads: [] };
    lane.bytes += read.bytes;
    lane.reads.push(read);
    lanes.set(id, lane);
  }
  return [...lanes.values()].sort((a, b) => a.id - b.id);
}

export function lastEnd(lanes: readonly Lane[]): number {
  return lanes.reduce((most, { reads }) => reads.reduce((last, { end }) => Math.max(last, end), most), 0);
}

export interface LaneSums {
  readonly id: number;
  readonly bytes: number;
  readonly reads: number;
  /** How many of the others took part: threads of a file, files of a thread. */
  readonly others: number;
  readonly firstMicros: number;
  readonly lastMicros: number;
  /** Within reads, summed over the readers. */
  readonly busyMicros: number;
}

export function sumsOf({ id, bytes, reads }: Lane, by: LaneKey): LaneSums {
  const other = by === 'file' ? 'thread' : 'file';
  return {
    id,
    bytes,
    reads: reads.length,
    others: new Set(reads.map((read) => read[other])).size,
    firstMicros: reads.reduce((first, { begin }) => Math.min(first, begin), reads[0]?.begin ?? 0),
    lastMicros: reads.reduce((last, { end }) => Math.max(last, end), 0),
    busyMicros: reads.reduce((sum, { begin, end }) => sum + end - begin, 0),
  };
}
