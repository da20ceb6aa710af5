import { namesText } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { factsEvidence, namesOf, sampledText } from './wording.ts';

export const normsAtOne: ValueFindingRule = ({ tensors }) => {
  const norms = tensors.filter(
    ({ survey, role }) => role.part === 'norm' && survey.constant === 1 && survey.elements > 1,
  );
  if (norms.length === 0) return null;
  return {
    code: 'normsAtOne',
    severity: 'note',
    sentence: `${namesText(namesOf(norms))} ${norms.length === 1 ? 'is' : 'are'} exactly 1 throughout${sampledText(norms)}, as before any training.`,
    evidence: factsEvidence(norms, ({ survey }) => `${survey.elements.toLocaleString('en-US')} ones`),
    hint: 'Fine where the model was trained without them; otherwise they were initialised and never loaded.',
  };
};
