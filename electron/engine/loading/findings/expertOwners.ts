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

export const vocabularyPadded: FindingRule = ({ plan }) => {
  const { vocab, tpSize } = plan.input.placement;
  const { vocabSize } = plan.input.config;
  if (vocab === null || tpSize === 1 || vocab.padded === vocabSize) return null;
  return {
    code: 'vocabularyPadded',
    severity: 'note',
    sentence: `The vocabulary of ${vocabSize} rows is padded to ${vocab.padded}, a multiple of 64, and cut into ${tpSize} times ${vocab.rows} rows; the loader fills the last ${vocab.padded - vocabSize} with zeros.`,
    evidence: [about('configKey', 'vocab_size', `vocab_size: ${vocabSize}`)],
    hint: 'Nothing to do; padded rows are cut off from the logits.',
  };
};
