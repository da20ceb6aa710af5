import type { LoadPlan } from '../loadPlan.ts';
import { evidenceOf, parameterEvidence } from './evidence.ts';
import { type Finding, plural } from './finding.ts';

/** Looks at the plan of the target, not of the drafter: a perfect drafter is of no use beside it. */
export function targetIncomplete(plan: LoadPlan): Finding | null {
  if (plan.input.kind !== 'target') return null;
  const error = plan.initError ?? plan.firstError;
  if (error !== null)
    return {
      code: 'targetWouldFail',
      severity: 'blocker',
      sentence: `The target model would fail to load with ${error.type}${plan.firstError?.at ? ` at ${plan.firstError.at}` : ''}.`,
      evidence: evidenceOf([error.message]),
      hint: 'Compare config.json and the files with the original checkpoint.',
    };
  const names = [...plan.neverLoaded, ...plan.partiallyLoaded];
  if (names.length === 0) return null;
  return {
    code: 'targetIncomplete',
    severity: plan.strictCheckRaises ? 'blocker' : 'silent',
    sentence: `The target model misses data for ${plural(names.length, 'parameter')}, ${names[0]} first.`,
    evidence: parameterEvidence(names),
    hint: 'Download the files again; drafts can only be judged by a complete target.',
  };
}
