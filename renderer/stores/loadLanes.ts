/** The reads of a load as the lanes that the view draws. Pure. */
import type { Checkpoint, LoadReads } from '../../electron/common/contract.ts';
import { type Lane, type LaneKey, lanesOf, lastEnd } from '../../electron/common/readLanes.ts';
import { laneNames } from '../exports/lanesSvg.ts';

export interface LoadLanes {
  readonly by: LaneKey;
  readonly lanes: readonly Lane[];
  readonly names: readonly string[];
  /** End of the last read, micros since reading began. */
  readonly whole: number;
}

export function loadLanes(checkpoint: Checkpoint, pieces: readonly LoadReads[], by: LaneKey): LoadLanes {
  const lanes = lanesOf(pieces, by);
  return { by, lanes, names: laneNames(checkpoint, lanes, by), whole: lastEnd(lanes) };
}
