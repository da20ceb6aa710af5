/** LoadPlan -> what the page is told about it. */
import type { Finding, Plan, Story } from '../../common/contract.ts';
import { reference, type SlotId } from '../../common/domain.ts';
import type { Failure } from '../../common/failure.ts';
import { byteKinds } from '../../common/schemas/placement.ts';
import { severities } from '../../common/schemas/plan.ts';
import { explainTensor } from '../loading/explainTensor.ts';
import { about } from '../loading/findings/evidence.ts';
import { findingsOf, verdictOf } from '../loading/findings/findings.ts';
import { type LoadPlan, slotNames } from '../loading/loadPlan.ts';
import { type GroupPlacement, placeGroup } from '../placement/expertPlacement.ts';
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
  const ofDrafter = findingsOf(plan);
  const ofTarget = facts.targetFinding === null ? [] : [facts.targetFinding];
  const findings = [...facts.problems.map(problemFinding), ...ofTarget, ...facts.fileFindings, ...ofDrafter].sort(
    (a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity),
  );
  const { parallel } = plan.input;
  return {
    checkpointId: facts.checkpointId,
    reference,
    parallel: { ...parallel },
    verdict: verdictWith(facts, verdictOf(plan, ofDrafter)),
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
    placement: placementView(plan),
    planMicros: facts.planMicros,
  };
}

export function storyView(plan: LoadPlan, tensor: number): Story {
  return explainTensor(plan, tensor);
}

function slotText(slot: SlotId): string {
  return slot === null ? '' : String(slot);
}

function problemFinding(problem: Failure): Finding {
  return {
    code: problem.code,
    severity: 'blocker',
    sentence: problem.message,
    evidence: problem.path === undefined ? [] : [about('file', problem.path)],
    hint: problem.hint,
  };
}

/** Trouble of the files comes first, then the drafter's own, then the target's. */
function verdictWith({ problems, targetFinding }: PlanViewFacts, ofDrafter: Plan['verdict']): Plan['verdict'] {
  if (problems.length > 0) return { ...ofDrafter, ...problemVerdict(problems) };
  if (targetFinding === null || ofDrafter.level !== 'good') return ofDrafter;
  const level = targetFinding.severity === 'blocker' ? 'blocked' : 'silent';
  return {
    ...ofDrafter,
    level,
    sentence: `The drafter would load, the target would not be whole. ${targetFinding.sentence}`,
  };
}

function problemVerdict(problems: readonly Failure[]): Pick<Plan['verdict'], 'level' | 'sentence'> {
  const more = problems.length > 1 ? ` And ${problems.length - 1} more.` : '';
  return { level: 'blocked', sentence: `Would not load: ${problems[0]?.message ?? ''}${more}` };
}

function placementView(plan: LoadPlan): Plan['placement'] {
  const { config, parallel, placement } = plan.input;
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
    bytesOfRank: drafterBytes(plan, placeGroup(config, parallel)),
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
