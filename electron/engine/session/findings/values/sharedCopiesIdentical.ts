import { namesText } from '../../../loading/findings/finding.ts';
import { copiesBytes, equalPairs, pairsEvidence } from './equalPairs.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { bytesText } from './wording.ts';

/** Only a whole read may say identical. */
export const sharedCopiesIdentical: ValueFindingRule = (picture) => {
  const pairs = equalPairs(picture.pairs, true);
  if (pairs.length === 0) return null;
  return {
    code: 'sharedCopiesIdentical',
    severity: 'note',
    sentence: `${namesText(pairs.map(({ copy }) => copy.name))} ${pairs.length === 1 ? 'is' : 'are'} identical to the target's, byte by byte; leaving ${pairs.length === 1 ? 'it' : 'them'} out would save ${bytesText(copiesBytes(pairs))}.`,
    evidence: pairsEvidence(pairs),
    hint: 'Nothing to do; the strict check of unquantised models needs the copies.',
  };
};
