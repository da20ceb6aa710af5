import { evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const placementNotes: FindingRule = ({ plan }) => {
  const [first, ...others] = plan.input.placement.experts.notes;
  if (first === undefined) return null;
  return {
    code: 'placementNotes',
    severity: 'note',
    sentence: first,
    evidence: evidenceOf(others),
    hint: 'The placement shown is the one that the engine would use.',
  };
};
