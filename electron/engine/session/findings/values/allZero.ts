import type { Finding } from '../../../../common/contract.ts';
import { namesText } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import type { TensorFacts } from './valuePicture.ts';
import { factsEvidence, namesOf, sampledText } from './wording.ts';

/** Biases and zero points may be 0 in a healthy checkpoint; norms, projections and their scales never are. */
export const allZero: ValueFindingRule = ({ tensors }) => {
  const zero = tensors.filter(({ survey, role }) => survey.isAllZero && role.part !== 'other');
  const drafting = zero.filter(({ role }) => role.use === 'drafting');
  const others = zero.filter(({ role }) => role.use !== 'drafting');
  return [
    ...findingOf(drafting, 'silent', 'drafts are computed with them'),
    ...findingOf(others, 'warning', 'no draft is computed with them directly'),
  ];
};

function findingOf(facts: readonly TensorFacts[], severity: Finding['severity'], effect: string): Finding[] {
  if (facts.length === 0) return [];
  const whole = facts.every(({ isWhole }) => isWhole);
  const what = whole
    ? facts.length === 1
      ? 'is zero throughout'
      : 'are zero throughout'
    : `${facts.length === 1 ? 'has' : 'have'} no value but zero`;
  return [
    {
      code: 'allZero',
      severity,
      sentence: `${namesText(namesOf(facts))} ${what}${sampledText(facts)}; ${facts.length === 1 ? effect.replace('them', 'it') : effect}.`,
      evidence: factsEvidence(facts, ({ survey }) => `${survey.zero.toLocaleString('en-US')} zeros`),
      hint: 'The tensors were likely never written: convert or download them again.',
    },
  ];
}
