import type { Finding } from '../../../../common/contract.ts';
import { namesText, plural } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import type { TensorFacts } from './valuePicture.ts';
import { factsEvidence, namesOf, placeText, sampledText, valueText } from './wording.ts';

/** One NaN spoils every value that is computed with it; the target's reach drafts through its hidden states. */
export const nonFiniteValues: ValueFindingRule = ({ tensors }) => {
  const odd = tensors.filter(({ survey }) => survey.firstNonFinite !== null);
  const used = odd.filter(({ role }) => role.use !== 'unused');
  const unused = odd.filter(({ role }) => role.use === 'unused');
  return [
    ...findingOf(used, 'silent', 'whatever is computed with them is NaN or Inf'),
    ...findingOf(unused, 'warning', 'the reference does not run these tensors'),
  ];
};

function findingOf(facts: readonly TensorFacts[], severity: Finding['severity'], effect: string): Finding[] {
  const [first] = facts;
  if (first === undefined) return [];
  const where = first.survey.firstNonFinite;
  const place = where === null ? '' : `, first ${valueText(where.value)} at ${placeText(first.tensor, where.element)}`;
  const fp8 = first.tensor.dtype === 'F8_E4M3' ? ' (the fp8 byte 0x7f or 0xff)' : '';
  const what = facts.length === 1 ? `holds ${countText(first)}${fp8}${place}` : 'hold NaN or Inf';
  return [
    {
      code: 'nonFiniteValues',
      severity,
      sentence: `${namesText(namesOf(facts))} ${what}${sampledText(facts)}; ${effect}.`,
      evidence: factsEvidence(facts, countText),
      hint: 'Convert or download these tensors again from the original checkpoint.',
    },
  ];
}

function countText({ survey }: TensorFacts): string {
  const parts = [
    ...(survey.nan > 0 ? [`${survey.nan.toLocaleString('en-US')} NaN`] : []),
    ...(survey.infinite > 0 ? [`${survey.infinite.toLocaleString('en-US')} Inf`] : []),
  ];
  return `${parts.join(' and ')} among ${plural(survey.elements, 'value')}`;
}
