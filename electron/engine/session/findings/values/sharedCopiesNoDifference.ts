import { namesText } from '../../../loading/findings/finding.ts';
import { copiesBytes, equalPairs, pairsEvidence } from './equalPairs.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { bytesText } from './wording.ts';

/** A sample can show a difference, never that there is none. */
export const sharedCopiesNoDifference: ValueFindingRule = (picture) => {
  const pairs = equalPairs(picture.pairs, false);
  if (pairs.length === 0) return null;
  const compared = pairs.reduce((sum, { bytesCompared }) => sum + bytesCompared, 0);
  return {
    code: 'sharedCopiesNoDifference',
    severity: 'note',
    sentence: `Between ${namesText(pairs.map(({ copy }) => copy.name))} and the target's, no difference found (sampled: ${bytesText(compared)} of ${bytesText(copiesBytes(pairs))}).`,
    evidence: pairsEvidence(pairs),
    hint: 'draftscope check --read-all compares every byte.',
  };
};
