/** Pairs of copy and original without a difference: what the findings about them share. */
import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import type { Finding } from '../../../loading/findings/finding.ts';
import type { PairFacts } from './valuePicture.ts';

/** Pairs that are the same to the last byte, or the others: sampled, or of two types and compared as numbers. */
export function equalPairs(pairs: readonly PairFacts[], areIdentical: boolean): PairFacts[] {
  return pairs.filter(
    ({ difference, isWhole, copy, original }) =>
      difference === null && (isWhole && copy.dtype === original.dtype) === areIdentical,
  );
}

export function pairsEvidence(pairs: readonly PairFacts[]): Finding['evidence'] {
  return evidenceOf(pairs.map(({ copy, original }) => about('tensor', copy.name, `${copy.name} and ${original.name}`)));
}

/** Bytes of all copies together. */
export function copiesBytes(pairs: readonly PairFacts[]): number {
  return pairs.reduce((sum, { copy }) => sum + copy.end - copy.begin, 0);
}
