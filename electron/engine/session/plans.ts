/** Plans of an open checkpoint, and what a set-up must keep to before one is made. */
import type { ParallelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { otherFamilyOf } from '../loading/families/families.ts';
import { type LoadPlan, planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';

/** Every rank is placed for each plan. */
const maxRanks = 1024;

/** The drafter's plan of one rank. */
export function draftPlan({ tensors, config }: Checkpoint, parallel: ParallelConfig): LoadPlan {
  return planLoad({
    tensors,
    config,
    parallel,
    placement: placeRank(config, parallel),
    kind: 'drafter',
    otherFamily: otherFamilyOf(config, tensors),
  });
}

/** Whether two set-ups differ in the rank that is looked at and in nothing else. */
export function isSameGroup(a: ParallelConfig, b: ParallelConfig): boolean {
  return (Object.keys(a) as (keyof ParallelConfig)[]).every((key) => key === 'rank' || a[key] === b[key]);
}

/** @throws FailureError badOption */
export function requireRanks(parallel: ParallelConfig): void {
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  if (ranks > maxRanks)
    throw new FailureError('badOption', `${ranks} ranks are too many; Draftscope looks at up to ${maxRanks}.`);
  if (parallel.rank >= ranks)
    throw new FailureError('badOption', `There is no rank ${parallel.rank}: ranks are 0 to ${ranks - 1}.`);
}
