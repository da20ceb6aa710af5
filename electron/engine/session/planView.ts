/** LoadPlan -> what the page is told about it. */
import type { Finding, ParameterSlots, Plan, Story, TensorSlices } from '../../common/contract.ts';
import { reference, type SlotId } from '../../common/domain.ts';
import { type Failure, FailureError } from '../../common/failure.ts';
import { byteKinds } from '../../common/schemas/placement.ts';
import { explainTensor } from '../loading/explainTensor.ts';
import { isReplacedByTarget } from '../loading/findings/finding.ts';
import { bySeverity, findingsOf } from '../loading/findings/findings.ts';
import { pictureOf } from '../loading/findings/loadPicture.ts';
import { verdictOf } from '../loading/findings/verdict.ts';
import { type LoadPlan, slotNames } from '../loading/loadPlan.ts';
import { parameterSlots } from '../loading/parameterSlots.ts';
import { tensorSlices } from '../loading/tensorSlices.ts';
import { type GroupPlacement, placeGroup, rankOf } from '../placement/expertPlacement.ts';
import { problemFindings } from './findings/problemFindings.ts';
import { bytesOfGroup } from './placementView.ts';

export interface PlanViewFacts {
  readonly checkpointId: number;
  /** Trouble of the checkpoint itself: the loader would meet it before any rule. */
  readonly problems: readonly Failure[];
  readonly planMicros: number;
  /** What is wrong with the target model, the same for every rank. */
  readonly targetFinding: Finding | null;
  /** What is odd about the files, the same for every rank. */
  readonly fileFindings: readonly Finding[];
}

export function planView(plan: LoadPlan, facts: PlanViewFacts): Plan {
  const { parallel, config } = plan.input;
  const group = placeGroup(config, parallel);
  const picture = pictureOf(plan, (rank) => rankOf(group, rank));
  const ofTarget = facts.targetFinding === null ? [] : [facts.targetFinding];
  const findings = bySeverity([
    ...problemFindings(facts.problems, {
      isOtherFamily: plan.input.otherFamily != null,
      leavesGaps:
        picture.never.some(({ what }) => !isReplacedByTarget(what)) || picture.partly.length > 0 || ofTarget.length > 0,
    }),
    ...findingsOf(picture),
    ...ofTarget,
    ...facts.fileFindings,
  ]);
  return {
    checkpointId: facts.checkpointId,
    reference,
    parallel: { ...parallel },
    verdict: verdictOf(picture, findings),
    initError: plan.initError,
    firstError:
      plan.firstError === null
        ? null
        : { at: plan.firstError.at ?? '', type: plan.firstError.type, message: plan.firstError.message },
    findings,
    rules: plan.rules.map((rule) => ({ ...rule })),
    tensors: plan.columns,
    slotNames: [...slotNames],
    parameters: plan.parameters.map((parameter) => ({
      ...parameter,
      shape: [...parameter.shape],
      slots: parameter.slots.map((slot) => ({ ...slot, slot: slotText(slot.slot) })),
    })),
    totals: plan.totals,
    reportedButNotLoaded: plan.reportedButNotLoaded,
    neverLoaded: [...plan.neverLoaded],
    partiallyLoaded: [...plan.partiallyLoaded],
    placement: placementView(plan, group),
    planMicros: facts.planMicros,
  };
}

export function storyView(plan: LoadPlan, tensor: number): Story {
  return explainTensor(plan, tensor);
}

/** @param plan of any rank of the set-up */
export function slicesView(plan: LoadPlan, tensor: number): TensorSlices {
  const group = placeGroup(plan.input.config, plan.input.parallel);
  return tensorSlices(plan, tensor, (rank) => rankOf(group, rank));
}

/** @throws FailureError badRequest: the plan has no such parameter */
export function parameterSlotsView(plan: LoadPlan, parameter: number): ParameterSlots {
  if (plan.table.parameters[parameter] === undefined)
    throw new FailureError('badRequest', `The plan has no parameter ${parameter}.`);
  return parameterSlots(plan, parameter);
}

function slotText(slot: SlotId): string {
  return slot === null ? '' : String(slot);
}

function placementView(plan: LoadPlan, group: GroupPlacement): Plan['placement'] {
  const { parallel, placement } = plan.input;
  const { experts } = placement;
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  const everywhere = experts.expertsOfRank[0] ?? [];
  return {
    useExpertParallel: experts.useExpertParallel,
    epSize: experts.epSize,
    epRank: experts.epRank,
    moeTpSize: experts.moeTpSize,
    numLogicalExperts: experts.numLogicalExperts,
    numPhysicalExperts: experts.numPhysicalExperts,
    policy: experts.policy,
    // Without expert parallelism every rank holds every expert, or a slice of it.
    expertsOfRank: Array.from({ length: ranks }, (_, rank) => [
      ...(experts.useExpertParallel ? (experts.expertsOfRank[rank] ?? []) : everywhere),
    ]),
    bytesOfRank: drafterBytes(plan, group),
    notes: [...experts.notes],
  };
}

/** Bytes of every rank's drafter parameters: routed experts, and the rest. */
function drafterBytes(plan: LoadPlan, group: GroupPlacement): { experts: number; rest: number }[] {
  const { bytes, total } = bytesOfGroup('drafter', group, plan);
  return Array.from(total, (sum, rank) => {
    const experts = bytes[rank * byteKinds.length + byteKinds.indexOf('routedExperts')] ?? 0;
    return { experts, rest: sum - experts };
  });
}
