import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';

function skippedAs(ending: string): (picture: Parameters<FindingRule>[0]) => string[] {
  return ({ plan }) => {
    const rule = plan.rules.findIndex(({ id }) => id === ending);
    if (rule < 0 || plan.rules[rule]?.tensors === 0) return [];
    return plan.input.tensors.filter((_, index) => plan.columns.rule[index] === rule).map(({ name }) => name);
  };
}
const biases = skippedAs('skip:bias_not_in_params');
const cacheScales = skippedAs('skip:kv_scale_without_param');

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

export const cacheScalesSkipped: FindingRule = (picture) => {
  const names = cacheScales(picture);
  if (names.length === 0) return null;
  return {
    code: 'cacheScalesSkipped',
    severity: 'note',
    sentence: `${plural(names.length, 'key-value cache scale')} of MTP layers would be dropped, ${namesText(names)}: latent attention has no parameter for them.`,
    evidence: tensorEvidence(names),
    hint: 'Nothing to do, unless the cache is to be kept in fp8 with these scales.',
  };
};
