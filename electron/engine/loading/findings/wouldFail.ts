import { tensorEvidence } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';

export const wouldFail: FindingRule = (plan) => {
  const { firstError, initError, columns, input } = plan;
  if (firstError === null || initError !== null) return null;
  const failing = input.tensors.filter((_, index) => columns.outcome[index] === 2).map(({ name }) => name);
  const place = firstError.at === null ? 'before it reads a tensor' : `at ${firstError.at}`;
  const others =
    failing.length > 1 ? ` ${plural(failing.length, 'tensor')} would fail in all, if loading went on.` : '';
  return {
    code: 'wouldFail',
    severity: 'blocker',
    sentence: `The reference stops ${place} with ${firstError.type}: ${firstError.message}${others}`,
    evidence: tensorEvidence(failing),
    hint: 'Rename, reshape or remove these tensors, or correct config.json so that the model has a place for them.',
  };
};
