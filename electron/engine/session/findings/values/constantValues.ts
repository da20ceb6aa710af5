import { namesText } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { factsEvidence, namesOf, sampledText, valueText } from './wording.ts';

/** So few values can be equal by chance. */
const leastElements = 4;

/** Zero has its own finding, and so have norms at 1. Scales of one value are usual. */
export const constantValues: ValueFindingRule = ({ tensors }) => {
  const constant = tensors.filter(({ survey, role }) => {
    const value = survey.constant;
    if (value === null || value === 0 || survey.elements < leastElements) return false;
    return role.part === 'weight' || (role.part === 'norm' && value !== 1);
  });
  const [first] = constant;
  if (first === undefined) return null;
  const value = constant.length === 1 ? ` (${valueText(first.survey.min)})` : '';
  return {
    code: 'constantValues',
    severity: 'warning',
    sentence: `${namesText(namesOf(constant))} ${constant.length === 1 ? 'holds' : 'hold'} a single value throughout${value}${sampledText(constant)}; trained weights never do.`,
    evidence: factsEvidence(constant, ({ survey }) => `every value is ${valueText(survey.min)}`),
    hint: 'The tensors look like placeholders: compare them with the original checkpoint.',
  };
};
