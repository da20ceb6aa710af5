/** What is wrong with the target model of an open checkpoint: alone on one rank, and on the ranks of a set-up. */
import type { Finding } from '../../common/contract.ts';
import { type ParallelConfig, singleRank, type Tensor } from '../../common/domain.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { otherFamilyOf } from '../loading/families/families.ts';
import { targetIncomplete } from '../loading/findings/targetIncomplete.ts';
import { targetWouldFail } from '../loading/findings/targetWouldFail.ts';
import { planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';
import { isSameGroup } from './plans.ts';

export class TargetCheck {
  readonly #checkpoint: Checkpoint;
  readonly #isOtherFamily: boolean;
  readonly #onSingleRank: Finding | null;
  /** All but the routed experts; found for the first set-up of several ranks. */
  #dense: readonly Tensor[] | null = null;
  #last: { readonly parallel: ParallelConfig; readonly finding: Finding | null } | null = null;

  constructor(checkpoint: Checkpoint) {
    const { tensors, config } = checkpoint;
    this.#checkpoint = checkpoint;
    this.#isOtherFamily = otherFamilyOf(config, tensors) !== null;
    this.#onSingleRank = this.#isOtherFamily ? null : findingOnSingleRank(checkpoint);
  }

  /** What is wrong on a single rank, or else on the first or last rank of the set-up; null = nothing. */
  findingOf(parallel: ParallelConfig): Finding | null {
    if (this.#onSingleRank !== null || this.#isOtherFamily) return this.#onSingleRank;
    if (this.#last === null || !isSameGroup(this.#last.parallel, parallel))
      this.#last = { parallel, finding: this.#findingOfSetUp(parallel) };
    return this.#last.finding;
  }

  /**
   * Routed experts are left out: there are tens of thousands of them, no loader compares their shapes, and whether they
   * can be cut is told when the model is built.
   */
  #findingOfSetUp(parallel: ParallelConfig): Finding | null {
    const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
    if (ranks === 1) return null;
    const { tensors, config } = this.#checkpoint;
    this.#dense ??= tensors.filter(({ name }) => !name.includes('.mlp.experts.'));
    for (const rank of [0, ranks - 1]) {
      const own = { ...parallel, rank };
      const placement = placeRank(config, own);
      const plan = planLoad({ tensors: this.#dense, config, parallel: own, placement, kind: 'target' });
      const failure = targetWouldFail(plan, ` on rank ${rank} of ${ranks}`);
      if (failure !== null) return failure;
    }
    return null;
  }
}

function findingOnSingleRank({ tensors, config }: Checkpoint): Finding | null {
  const placement = placeRank(config, singleRank);
  const plan = planLoad({ tensors, config, parallel: singleRank, placement, kind: 'target' });
  return targetWouldFail(plan) ?? targetIncomplete(plan);
}
