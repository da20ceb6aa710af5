import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import { plural } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import type { PairFacts } from './valuePicture.ts';
import { placeText, valueText } from './wording.ts';

/** A difference in a sample is a difference. */
export const sharedCopiesDiffer: ValueFindingRule = ({ pairs }) => {
  const differing = pairs.filter(({ difference }) => difference !== null);
  const [first] = differing;
  if (first === undefined) return null;
  const more = differing.length > 1 ? `, and ${plural(differing.length - 1, 'more pair')} too` : '';
  return {
    code: 'sharedCopiesDiffer',
    severity: 'silent',
    sentence: `${first.copy.name} and ${first.original.name} differ, ${differenceText(first)}${more}; the reference replaces the MTP layer's own by the target's, so drafts are not what the layer was trained for.`,
    evidence: evidenceOf(
      differing.map((pair) =>
        about('tensor', pair.copy.name, `${pair.copy.name} and ${pair.original.name}: ${differenceText(pair)}`),
      ),
    ),
    hint: "If the layer was trained with its own embedding or head, this engine cannot use it; otherwise take the target's tensors.",
  };
};

function differenceText({ copy, original, difference }: PairFacts): string {
  if (difference === null) return 'nowhere';
  if (difference.kind === 'form')
    return `${copy.dtype} [${copy.shape.join(', ')}] against ${original.dtype} [${original.shape.join(', ')}]`;
  return `${valueText(difference.copy)} against ${valueText(difference.original)} at ${placeText(copy, difference.element)}`;
}
