import type { Finding } from '../../../../common/contract.ts';
import { namesText } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import type { TensorFacts } from './valuePicture.ts';
import { factsEvidence, namesOf, sampledText, valueText } from './wording.ts';

/**
 * Wide on purpose. A scale is the largest size in its block by the largest number of the format (448 for e4m3): 1e4 means
 * weights in the millions, and quantisers keep to some 1e-15 where a block is all zeros.
 */
const lowest = 1e-18;
const highest = 1e4;
const rangeText = `${valueText(lowest)} to ${highest.toLocaleString('en-US')}`;

/** NaN and Inf, and scales that are zero throughout, have findings of their own. */
export const scalesOutOfRange: ValueFindingRule = ({ tensors }) => {
  const scales = tensors.filter(({ role, survey }) => role.part === 'scale' && !survey.isAllZero);
  const wrong = scales.filter(({ survey }) => survey.negative > 0 || survey.max > highest);
  const low = scales.filter((fact) => !wrong.includes(fact) && (fact.survey.zero > 0 || fact.survey.smallest < lowest));
  const used = wrong.filter(({ role }) => role.use === 'drafting');
  const others = wrong.filter(({ role }) => role.use !== 'drafting');
  return [
    ...findingOf(used, 'silent', 'the weights they multiply are wrong when drafting'),
    ...findingOf(others, 'warning', 'the weights they multiply are likely wrong'),
    ...findingOf(low, 'warning', 'the weights they multiply vanish'),
  ];
};

function findingOf(facts: readonly TensorFacts[], severity: Finding['severity'], effect: string): Finding[] {
  const [first] = facts;
  if (first === undefined) return [];
  return [
    {
      code: 'scalesOutOfRange',
      severity,
      sentence: `${namesText(namesOf(facts))} ${facts.length === 1 ? 'holds' : 'hold'} scales outside the range held normal, ${rangeText}${facts.length === 1 ? `: ${oddText(first)}` : `; ${first.tensor.name} ${oddText(first)}`}${sampledText(facts)}; ${effect}.`,
      evidence: factsEvidence(facts, oddText),
      hint: 'Quantise these weights again, or take weights and scales from the same revision.',
    },
  ];
}

function oddText({ survey }: TensorFacts): string {
  const parts = [
    ...(survey.max > highest ? [`up to ${valueText(survey.max)}`] : []),
    ...(survey.negative > 0
      ? [`${survey.negative.toLocaleString('en-US')} negative, down to ${valueText(survey.min)}`]
      : []),
    ...(survey.zero > 0
      ? [`${survey.zero.toLocaleString('en-US')} of ${survey.elements.toLocaleString('en-US')} zero`]
      : []),
    ...(survey.smallest < lowest ? [`as small as ${valueText(survey.smallest)}`] : []),
  ];
  return parts.join(', ');
}
