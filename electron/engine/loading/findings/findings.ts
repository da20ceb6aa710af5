/** The registry of findings, and the one sentence that sums them up. */
import type { Plan } from '../../../common/contract.ts';
import { reference } from '../../../common/domain.ts';
import { severities } from '../../../common/schemas/plan.ts';
import type { LoadPlan } from '../loadPlan.ts';
import { cannotBuild } from './cannotBuild.ts';
import { filledTwice } from './filledTwice.ts';
import { type Finding, type FindingRule, plural } from './finding.ts';
import { idleLaterMtpLayers } from './idleLaterMtpLayers.ts';
import { missingMtpLayers } from './missingMtpLayers.ts';
import { neverFilled } from './neverFilled.ts';
import { newerVersionsOf } from './newerVersions.ts';
import { partlyFilled } from './partlyFilled.ts';
import { placementNotes } from './placementNotes.ts';
import { quantizationNotModelled } from './quantizationNotModelled.ts';
import { sharedCopiesUnused } from './sharedCopiesUnused.ts';
import { strictCheckWouldRaise } from './strictCheckWouldRaise.ts';
import { wouldFail } from './wouldFail.ts';

const findingRules: readonly FindingRule[] = [
  cannotBuild,
  wouldFail,
  strictCheckWouldRaise,
  missingMtpLayers,
  neverFilled,
  partlyFilled,
  filledTwice,
  quantizationNotModelled,
  placementNotes,
  idleLaterMtpLayers,
  sharedCopiesUnused,
];

export type PlanVerdict = Plan['verdict'];

/** All findings of a plan, gravest first. */
export function findingsOf(plan: LoadPlan): readonly Finding[] {
  const found = findingRules.flatMap((rule) => rule(plan) ?? []);
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

/** @param findings those of the plan */
export function verdictOf(plan: LoadPlan, findings: readonly Finding[]): PlanVerdict {
  return { ...judgementOf(plan, findings), reference, newerVersions: newerVersionsOf(plan) };
}

function judgementOf(plan: LoadPlan, findings: readonly Finding[]): Pick<PlanVerdict, 'level' | 'sentence'> {
  const { complete, total } = completeLayers(plan);
  const { parallel, placement, kind } = plan.input;
  const layerWord = kind === 'target' ? 'layer' : 'MTP layer';
  const where = `on rank ${parallel.rank} of ${placement.tpSize * placement.dpSize}`;
  const layers = `${complete} of ${plural(total, layerWord)} complete ${where}.`;
  if (plan.initError !== null)
    return { level: 'blocked', sentence: `Would not start: ${plan.initError.type} while the model is built ${where}.` };
  if (plan.firstError !== null) {
    const place = plan.firstError.at === null ? 'before the first tensor' : `at ${plan.firstError.at}`;
    return { level: 'blocked', sentence: `Would fail ${place} with ${plan.firstError.type} ${where}.` };
  }
  if (findings.some(({ severity }) => severity === 'blocker'))
    return { level: 'blocked', sentence: `Would be refused after loading. ${layers}` };
  if (findings.some(({ severity }) => severity === 'silent'))
    return { level: 'silent', sentence: `Would load without an error, but not completely. ${layers}` };
  if (plan.quantization.method === 'other')
    return {
      level: 'silent',
      sentence: `Not certain: the quantisation "${plan.quantization.declared}" is not modelled. Without it: ${layers}`,
    };
  return { level: 'good', sentence: `Would load. ${layers}` };
}

/** Layers of the model whose parameters are all filled. */
function completeLayers(plan: LoadPlan): { readonly complete: number; readonly total: number } {
  const { config, kind } = plan.input;
  const first = kind === 'target' ? 0 : config.numHiddenLayers;
  const total = kind === 'target' ? config.numHiddenLayers : (config.numNextnPredictLayers ?? 0);
  const incomplete = new Set<string>();
  for (const { name, covered, numel } of plan.parameters)
    if (covered < numel) incomplete.add(name.split('.').slice(0, 3).join('.'));
  let complete = 0;
  for (let layer = first; layer < first + total; layer++) if (!incomplete.has(`model.layers.${layer}`)) complete++;
  return { complete, total };
}
