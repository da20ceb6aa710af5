import { type FindingRule, plural } from './finding.ts';

export const unevenRanks: FindingRule = ({ plan, numRanks, initErrors }) => {
  const { expertsOfRank, useExpertParallel, numPhysicalExperts } = plan.input.placement.experts;
  if (!useExpertParallel || initErrors.length > 0) return null;
  const counts = expertsOfRank.map((experts) => experts.length);
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  if (most === least) return null;
  const holders = (held: number) => {
    const ranks = counts.filter((count) => count === held).length;
    return `${plural(ranks, 'rank')} ${ranks === 1 ? 'holds' : 'hold'}`;
  };
  return {
    code: 'unevenRanks',
    severity: 'note',
    sentence: `${numPhysicalExperts} experts cannot be divided by ${numRanks} ranks: ${holders(most)} ${most} and ${holders(least)} ${least}.`,
    evidence: [],
    hint:
      least === 0
        ? 'A rank without experts has expert weights of zero rows; an unquantised model fails its strict check there.'
        : 'It works; the fuller ranks need more memory and time.',
  };
};
