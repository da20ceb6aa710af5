import { namesText } from '../../../loading/findings/finding.ts';
import { copiesBytes, equalPairs, pairsEvidence } from './equalPairs.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { bytesText } from './wording.ts';

/** A sample can show a difference, never that there is none; and numbers of two types are never the same bytes. */
export const sharedCopiesNoDifference: ValueFindingRule = (picture) => {
  const pairs = equalPairs(picture.pairs, false);
  if (pairs.length === 0) return null;
  const compared = pairs.reduce((sum, { bytesCompared }) => sum + bytesCompared, 0);
  const total = copiesBytes(pairs);
  const types = new Set(
    pairs.flatMap(({ copy, original }) =>
      copy.dtype === original.dtype ? [] : [`${copy.dtype} against ${original.dtype}`],
    ),
  );
  const how = [
    compared < total ? `sampled: ${bytesText(compared)} of ${bytesText(total)}` : `all ${bytesText(total)}`,
    ...(types.size === 0 ? [] : [`as numbers, ${[...types].join(' and ')}, but for rounding`]),
  ];
  return {
    code: 'sharedCopiesNoDifference',
    severity: 'note',
    sentence: `Between ${namesText(pairs.map(({ copy }) => copy.name))} and the target's, no difference found (${how.join('; ')}).`,
    evidence: pairsEvidence(pairs),
    hint: compared < total ? 'draftscope check --read-all compares every byte.' : 'Nothing to do.',
  };
};
