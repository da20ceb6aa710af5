import { about } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';

/** More drafts a step than MTP layers have to be a multiple of them. */
export const draftCountRefused: FindingRule = ({ plan: { input } }) => {
  const drafts = input.parallel.numSpeculativeTokens ?? 0;
  const layers = input.config.numNextnPredictLayers ?? 0;
  if (layers === 0 || drafts <= layers || drafts % layers === 0) return null;
  const times = Math.floor(drafts / layers);
  const allowed = [...Array.from({ length: layers }, (_, at) => at + 1), times * layers, (times + 1) * layers];
  const choices = [...new Set(allowed)].slice(-4).map(String);
  return {
    code: 'draftCountRefused',
    severity: 'blocker',
    sentence: `The reference refuses num_speculative_tokens ${drafts} with ValueError before it loads anything: ${drafts} is more than the ${plural(layers, 'MTP layer')} and no multiple of them, ${drafts} = ${times} x ${layers} + ${drafts % layers}.`,
    evidence: [
      about('configKey', 'num_nextn_predict_layers', `num_nextn_predict_layers: ${layers}`),
      { text: `num_speculative_tokens: ${drafts}` },
    ],
    hint: `Ask for ${namesText(choices, 4).replace(' and ', ' or ')} drafts a step.`,
  };
};
