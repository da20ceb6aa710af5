import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { skippedAs } from './skippedTensors.ts';

const biases = skippedAs('skip:bias_not_in_params');

export const biasesSkipped: FindingRule = (picture) => {
  const names = biases(picture);
  if (names.length === 0) return null;
  return {
    code: 'biasesSkipped',
    severity: 'warning',
    sentence: `${plural(names.length, 'extra bias', 'extra biases')} of MTP layers would be dropped without an error, ${namesText(names)}: no linear layer of this model has a bias.`,
    evidence: tensorEvidence(names),
    hint: 'Some quantisers write biases of zeros, which are safe to lose; others mean that the model was changed.',
  };
};
