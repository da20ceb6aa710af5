import { parameterEvidence } from './evidence.ts';
import { type FindingRule, isReplacedByTarget, sizeText } from './finding.ts';

export const sharedCopiesUnused: FindingRule = ({ plan }) => {
  const shared = plan.parameters.filter(({ name, covered }) => covered > 0 && isReplacedByTarget(name));
  if (shared.length === 0) return null;
  const bytes = shared.reduce((sum, parameter) => sum + parameter.bytes, 0);
  return {
    code: 'sharedCopiesUnused',
    severity: 'note',
    sentence: `The drafter's embedding and heads are replaced by the target's when the engine starts, so what is loaded into them (${sizeText(bytes)} on a rank) is not used.`,
    evidence: parameterEvidence(shared.map(({ name }) => name)),
    hint: 'Nothing to do; the copies only cost loading time.',
  };
};
