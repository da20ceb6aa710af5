import type { LoadPlan } from '../loadPlan.ts';
import { about, evidenceOf, parameterEvidence } from './evidence.ts';
import { type Finding, plural } from './finding.ts';

/** @param where the rank, when the set-up has several */
export function targetFailure({ initError, firstError }: LoadPlan, where = ''): Finding | null {
  const error = initError ?? firstError;
  if (error === null) return null;
  const at = firstError?.at ?? null;
  return {
    code: 'targetWouldFail',
    severity: 'blocker',
    sentence: `The target model would fail to load${where} with ${error.type}${at === null ? '' : ` at ${at}`}: ${error.message}`,
    evidence: evidenceOf([...(at === null ? [] : [about('tensor', at)]), error.message]),
    hint:
      where === ''
        ? 'Compare config.json and the files with the original checkpoint.'
        : 'Choose another set-up: on a single rank the target loads.',
  };
}

/** Looks at the plan of the target, not of the drafter: a perfect drafter is of no use beside it. */
export function targetIncomplete(plan: LoadPlan): Finding | null {
  if (plan.input.kind !== 'target') return null;
  const failure = targetFailure(plan);
  if (failure !== null) return failure;
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
