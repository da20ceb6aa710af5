import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';

export const expertWithoutRank: FindingRule = ({ plan, initErrors }) => {
  const { expertsOfRank, numLogicalExperts, physicalToLogical } = plan.input.placement.experts;
  if (initErrors.length > 0) return null;
  const owned = new Set(expertsOfRank.flat().map((physical) => physicalToLogical[physical]));
  const lost = Array.from({ length: numLogicalExperts }, (_, expert) => expert).filter((expert) => !owned.has(expert));
  if (lost.length === 0) return null;
  return {
    code: 'expertWithoutRank',
    severity: 'silent',
    sentence: `${plural(lost.length, 'routed expert')} ${lost.length === 1 ? 'is' : 'are'} on no rank: ${namesText(lost.map(String), 6)}; tokens that are sent there get nothing.`,
    evidence: evidenceOf(lost.map((expert) => about('expert', String(expert), `expert ${expert}`))),
    hint: 'Choose another number of ranks or another placement.',
  };
};
