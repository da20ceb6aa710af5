import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural, slotText } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';

export const filledTwice: FindingRule = (picture) => {
  const { twice } = picture;
  const [first] = twice;
  if (first === undefined) return null;
  return {
    code: 'filledTwice',
    severity: 'warning',
    sentence: `${plural(twice.length, 'slot')} would be written more than once${onRanks(ranksOf(twice), picture)}, ${slotText(first.what)} first; the tensor that comes last wins.`,
    evidence: evidenceOf(
      twice.map(({ what }) =>
        about('parameter', what.parameterName, `${slotText(what)}, by ${plural(what.tensors.length, 'tensor')}`),
      ),
    ),
    hint: 'Remove the duplicates, so that the order of the files does not decide.',
  };
};
