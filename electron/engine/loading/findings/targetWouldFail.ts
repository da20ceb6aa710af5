import type { LoadPlan } from '../loadPlan.ts';
import { about, evidenceOf } from './evidence.ts';
import type { Finding } from './finding.ts';

/**
 * Looks at the plan of the target, not of the drafter: a perfect drafter is of no use beside it.
 * @param where the rank, when the set-up has several
 */
export function targetWouldFail({ initError, firstError }: LoadPlan, where = ''): Finding | null {
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
