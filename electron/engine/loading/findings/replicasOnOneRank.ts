import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';

export const replicasOnOneRank: FindingRule = ({ plan }) => {
  const { expertsOfRank, physicalToLogical, numPhysicalExperts, numLogicalExperts, useExpertParallel } =
    plan.input.placement.experts;
  if (!useExpertParallel || numPhysicalExperts === numLogicalExperts) return null;
  const lines = expertsOfRank.flatMap((physicals, rank) => {
    const seen = new Set<number>();
    return physicals.flatMap((physical) => {
      const logical = physicalToLogical[physical] ?? -1;
      if (!seen.has(logical)) {
        seen.add(logical);
        return [];
      }
      return [
        about('expert', String(logical), `expert ${logical} twice on rank ${rank}, as physical expert ${physical} too`),
      ];
    });
  });
  if (lines.length === 0) return null;
  return {
    code: 'replicasOnOneRank',
    severity: 'warning',
    sentence: `${plural(lines.length, 'redundant copy', 'redundant copies')} of experts would lie on a rank that holds the expert already, so they spread no load.`,
    evidence: evidenceOf(lines),
    hint: 'Choose a number of redundant experts with which copies fall on other ranks.',
  };
};
