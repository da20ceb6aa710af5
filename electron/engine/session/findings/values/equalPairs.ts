/** Pairs of copy and original without a difference: what the findings about them share. */
import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import type { Finding } from '../../../loading/findings/finding.ts';
import type { PairFacts } from './valuePicture.ts';

/** @param isWhole whether both were read to the last byte */
export function equalPairs(pairs: readonly PairFacts[], isWhole: boolean): PairFacts[] {
  return pairs.filter((pair) => pair.difference === null && pair.isWhole === isWhole);
}

export function pairsEvidence(pairs: readonly PairFacts[]): Finding['evidence'] {
  return evidenceOf(pairs.map(({ copy, original }) => about('tensor', copy.name, `${copy.name} and ${original.name}`)));
}

/** Bytes of all copies together. */
export function copiesBytes(pairs: readonly PairFacts[]): number {
  return pairs.reduce((sum, { copy }) => sum + copy.end - copy.begin, 0);
}
