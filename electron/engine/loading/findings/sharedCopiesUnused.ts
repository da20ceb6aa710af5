import { parameterEvidence } from './evidence.ts';
import { type FindingRule, isReplacedByTarget } from './finding.ts';

export const sharedCopiesUnused: FindingRule = (plan) => {
  const shared = plan.parameters.filter(({ name }) => isReplacedByTarget(plan, name));
  if (shared.length === 0) return null;
  const empty = shared.filter(({ covered }) => covered === 0).length;
  return {
    code: 'sharedCopiesUnused',
    severity: 'note',
    sentence: `The drafter's embedding and heads are replaced by the target's when the engine starts, so what is loaded into them is not used${empty > 0 ? ` (${empty} of ${shared.length} would not be loaded, which does no harm at run time)` : ''}.`,
    evidence: parameterEvidence(shared.map(({ name }) => name)),
    hint: 'Nothing to do; the copies only cost loading time.',
  };
};
