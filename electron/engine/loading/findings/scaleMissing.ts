import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { scaleCensus } from './scaleCensus.ts';

export const scaleMissing: FindingRule = (picture) => {
  const { fp8Stems, stemsWithScale } = scaleCensus(picture);
  const without = fp8Stems.filter((stem) => !stemsWithScale.has(stem));
  if (without.length === 0) return null;
  return {
    code: 'scaleMissing',
    severity: 'silent',
    sentence: `${plural(without.length, 'fp8 weight')} of MTP layers ${without.length === 1 ? 'has' : 'have'} no scale, ${namesText(without.map((stem) => `${stem}.weight`))}: the scale keeps its starting value and the weight is of no use.`,
    evidence: tensorEvidence(without.map((stem) => `${stem}.weight`)),
    hint: 'Look for the scales in another file or revision of the checkpoint.',
  };
};
