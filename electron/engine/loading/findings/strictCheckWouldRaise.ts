import { parameterEvidence } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';

export const strictCheckWouldRaise: FindingRule = (plan) => {
  if (!plan.strictCheckRaises || plan.initError !== null || plan.firstError !== null) return null;
  return {
    code: 'strictCheckWouldRaise',
    severity: 'blocker',
    sentence: `After loading, the reference raises ValueError: ${plural(plan.strictCheckMissing.length, 'parameter')} not initialised from the checkpoint. It checks this for unquantised models only, by name.`,
    evidence: parameterEvidence(plan.strictCheckMissing),
    hint: 'Add the missing tensors, or choose a set-up in which this rank has no such parameters.',
  };
};
