import type { LoadPlan } from '../loadPlan.ts';
import { evidenceOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/** Looks at the plan of the target: one that loads and leaves parameters empty. */
export function targetIncomplete(plan: LoadPlan): Finding | null {
  if (plan.input.kind !== 'target') return null;
  const names = [...plan.neverLoaded, ...plan.partiallyLoaded];
  if (names.length === 0) return null;
  return {
    code: 'targetIncomplete',
    severity: plan.strictCheckRaises ? 'blocker' : 'silent',
    sentence: `The target model misses data for ${names.length === 1 ? names[0] : `${names.length.toLocaleString('en-US')} parameters, ${names[0]} first`}.`,
    // They are parameters of the target; the views show the drafter's.
    evidence: evidenceOf(names),
    hint: 'Download the files again; drafts can only be judged by a complete target.',
  };
}
