import { about } from './evidence.ts';
import type { FindingRule } from './finding.ts';

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
