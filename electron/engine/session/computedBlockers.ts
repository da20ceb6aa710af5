/**
 * Blockers with which `forward` computes all the same, because they stop the reference's classes and checks alone while the
 * files hold every weight. This list is complete: any other blocker refuses.
 */
import { type ModelConfig, singleRank } from '../../common/domain.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { isReplacedByTarget } from '../loading/findings/finding.ts';
import { type LoadPlan, planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';

/** The reference's plans of one checkpoint on a single rank. */
export interface ReferencePlans {
  readonly drafter: LoadPlan;
  readonly target: LoadPlan;
}

export interface ComputedBlocker {
  /** Code of the finding. */
  readonly code: string;
  /** Why it can be computed. */
  readonly reason: string;
  /** Whether the finding says no more than that. */
  holds(plans: ReferencePlans): boolean;
}

const byName =
  "the reference's fused fp8 parameters, or its look at expert and group counts, stop it; here tensors are taken by their own names and shapes";
const mayLack =
  "nothing is missing but copies of the target's embedding and head, a head that is tied to the embedding, or parameters without elements";

export const computedBlockers: readonly ComputedBlocker[] = [
  {
    code: 'sharedCopiesAbsent',
    reason: "an absent embedding or head of an MTP layer is the target's",
    holds: () => true,
  },
  { code: 'strictCheckWouldRaise', reason: mayLack, holds: ({ drafter }) => lacksNothing(drafter) },
  { code: 'targetIncomplete', reason: mayLack, holds: ({ target }) => lacksNothing(target) },
  {
    code: 'shapeRefused',
    reason: byName,
    holds: ({ drafter, target }) => isWholePlainly(drafter) && isWholePlainly(target),
  },
  { code: 'cannotBuild', reason: byName, holds: ({ drafter }) => isWholePlainly(drafter) },
  { code: 'wouldFail', reason: byName, holds: ({ drafter }) => isWholePlainly(drafter) },
  { code: 'targetWouldFail', reason: byName, holds: ({ target }) => isWholePlainly(target) },
];

export function referencePlans({ tensors, config }: Checkpoint): ReferencePlans {
  const placement = placeRank(config, singleRank);
  const planOf = (kind: 'drafter' | 'target') => planLoad({ tensors, config, parallel: singleRank, placement, kind });
  return { drafter: planOf('drafter'), target: planOf('target') };
}

/** Whether all that is unfilled is another tensor's, or nothing at all. */
function lacksNothing({ neverLoaded, partiallyLoaded, parameters, input, strictCheckMissing }: LoadPlan): boolean {
  const empty = new Set(parameters.flatMap(({ name, numel }) => (numel === 0 ? [name] : [])));
  return [...neverLoaded, ...partiallyLoaded, ...strictCheckMissing].every(
    (name) =>
      empty.has(name) ||
      (input.kind === 'drafter' && isReplacedByTarget(name)) ||
      (name === 'lm_head.weight' && input.config.tieWordEmbeddings),
  );
}

/**
 * Whether the weights fill the model as one without quantisation and with a group count, each tensor fitting. Block scales are left aside: that they
 * are there and fit is checked where the model is made.
 */
function isWholePlainly({ input }: LoadPlan): boolean {
  const { method } = input.config.quantization;
  if (method !== 'none' && method !== 'fp8Block') return false;
  const config: ModelConfig = {
    ...input.config,
    nGroup: input.config.nGroup ?? 1,
    quantization: { ...input.config.quantization, method: 'none' },
  };
  const plan = planLoad({
    ...input,
    config,
    placement: placeRank(config, input.parallel),
    tensors: input.tensors.filter(({ name }) => method === 'none' || !name.endsWith('.weight_scale_inv')),
  });
  // Its first error may also be that it can't add up the experts of a model without any.
  return plan.initError === null && plan.totals.error.tensors === 0 && lacksNothing(plan);
}
