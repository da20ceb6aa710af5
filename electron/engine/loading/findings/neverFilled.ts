import { parameterEvidence } from './evidence.ts';
import { type FindingRule, isReplacedByTarget, plural } from './finding.ts';

export const neverFilled: FindingRule = (plan) => {
  const names = plan.parameters
    .filter(({ name, numel, covered }) => numel > 0 && covered === 0 && !isReplacedByTarget(plan, name))
    .map(({ name }) => name);
  if (names.length === 0) return null;
  return {
    code: 'neverFilled',
    severity: 'silent',
    sentence: `${plural(names.length, 'parameter')} would get no data and hold whatever was in memory.`,
    evidence: parameterEvidence(names),
    hint: 'Look for the tensors in another file or revision of the checkpoint.',
  };
};
