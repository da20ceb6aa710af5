/** Plans of an open checkpoint, and what a set-up must keep to before one is made. */
import type { Finding } from '../../common/contract.ts';
import { type ParallelConfig, singleRank } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { otherFamilyOf } from '../loading/families/families.ts';
import { targetIncomplete } from '../loading/findings/targetIncomplete.ts';
import { targetWouldFail } from '../loading/findings/targetWouldFail.ts';
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

/** What is wrong with the target on a single rank; null = nothing. */
export function targetFindingOf({ tensors, config }: Checkpoint): Finding | null {
  if (otherFamilyOf(config, tensors) !== null) return null;
  const placement = placeRank(config, singleRank);
  const plan = planLoad({ tensors, config, parallel: singleRank, placement, kind: 'target' });
  return targetWouldFail(plan) ?? targetIncomplete(plan);
}

/**
 * What stops the target on the first or last rank of a set-up. Routed experts are left out: there are tens of thousands
 * of them, no loader compares their shapes, and whether they can be cut is told when the model is built.
 */
export function targetSetupFindingOf({ tensors, config }: Checkpoint, parallel: ParallelConfig): Finding | null {
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  if (ranks === 1 || otherFamilyOf(config, tensors) !== null) return null;
  const dense = tensors.filter(({ name }) => !name.includes('.mlp.experts.'));
  for (const rank of [0, ranks - 1]) {
    const own = { ...parallel, rank };
    const placement = placeRank(config, own);
    const plan = planLoad({ tensors: dense, config, parallel: own, placement, kind: 'target' });
    const failure = targetWouldFail(plan, ` on rank ${rank} of ${ranks}`);
    if (failure !== null) return failure;
  }
  return null;
}
