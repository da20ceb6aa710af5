import { about, tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';

const attentionBias = /\.self_attn\.[^.]+_proj\w*\.bias$/;

/** Biases that the files hold although nothing says so are what biasesSkipped is for. */
export const attentionBiasIgnored: FindingRule = ({ plan }) => {
  const { config, tensors } = plan.input;
  if (config.raw.attention_bias !== true) return null;
  const names = tensors.flatMap(({ name }) => (attentionBias.test(name) ? [name] : []));
  if (names.length === 0) return null;
  return {
    code: 'attentionBiasIgnored',
    severity: 'silent',
    sentence: `config.json says attention_bias true and the files hold ${plural(names.length, 'attention bias', 'attention biases')}, ${namesText(names)}; the reference's projections have none, so ${names.length === 1 ? 'it is' : 'they are'} dropped without an error. Draftscope computes without them too.`,
    evidence: [about('configKey', 'attention_bias', 'attention_bias: true'), ...tensorEvidence(names)],
    hint: 'Use an engine whose attention has biases; if all of them are zeros, nothing is lost.',
  };
};
