import type { FindingRule } from './finding.ts';

export const unevenRanks: FindingRule = ({ plan, numRanks, initErrors }) => {
  const { expertsOfRank, useExpertParallel, numPhysicalExperts } = plan.input.placement.experts;
  if (!useExpertParallel || initErrors.length > 0) return null;
  const counts = expertsOfRank.map((experts) => experts.length);
  const most = Math.max(...counts);
  const least = Math.min(...counts);
  if (most === least) return null;
  return {
    code: 'unevenRanks',
    severity: 'note',
    sentence: `${numPhysicalExperts} experts cannot be divided by ${numRanks} ranks: ${counts.filter((count) => count === most).length} ranks hold ${most} and ${counts.filter((count) => count === least).length} hold ${least}.`,
    evidence: [],
    hint:
      least === 0
        ? 'A rank without experts has expert weights of zero rows; an unquantised model fails its strict check there.'
        : 'It works; the fuller ranks need more memory and time.',
  };
};
