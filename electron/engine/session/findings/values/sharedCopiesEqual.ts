import type { Finding } from '../../../../common/contract.ts';
import { about, evidenceOf } from '../../../loading/findings/evidence.ts';
import { namesText } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import type { PairFacts } from './valuePicture.ts';
import { bytesText } from './wording.ts';

/** Only a whole read may say identical. */
export const sharedCopiesEqual: ValueFindingRule = ({ pairs }) => {
  const equal = pairs.filter(({ difference }) => difference === null);
  const whole = equal.filter(({ isWhole }) => isWhole);
  const sampled = equal.filter(({ isWhole }) => !isWhole);
  return [...identical(whole), ...noDifferenceFound(sampled)];
};

function identical(pairs: readonly PairFacts[]): Finding[] {
  if (pairs.length === 0) return [];
  const saved = bytesText(sizeOf(pairs));
  return [
    {
      code: 'sharedCopiesIdentical',
      severity: 'note',
      sentence: `${namesText(pairs.map(({ copy }) => copy.name))} ${pairs.length === 1 ? 'is' : 'are'} identical to the target's, byte by byte; leaving ${pairs.length === 1 ? 'it' : 'them'} out would save ${saved}.`,
      evidence: evidenceOf(pairs.map(pairEvidence)),
      hint: 'Nothing to do; the strict check of unquantised models needs the copies.',
    },
  ];
}

function noDifferenceFound(pairs: readonly PairFacts[]): Finding[] {
  if (pairs.length === 0) return [];
  const compared = pairs.reduce((sum, { bytesCompared }) => sum + bytesCompared, 0);
  return [
    {
      code: 'sharedCopiesNoDifference',
      severity: 'note',
      sentence: `Between ${namesText(pairs.map(({ copy }) => copy.name))} and the target's, no difference found (sampled: ${bytesText(compared)} of ${bytesText(sizeOf(pairs))}).`,
      evidence: evidenceOf(pairs.map(pairEvidence)),
      hint: 'draftscope check --read-all compares every byte.',
    },
  ];
}

function pairEvidence({ copy, original }: PairFacts) {
  return about('tensor', copy.name, `${copy.name} and ${original.name}`);
}

function sizeOf(pairs: readonly PairFacts[]): number {
  return pairs.reduce((sum, { copy }) => sum + copy.end - copy.begin, 0);
}
