import { about } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const noMtpPromised: FindingRule = ({ plan, census }) => {
  const { numNextnPredictLayers: promised } = plan.input.config;
  if ((promised ?? 0) > 0 || census.hallmarksOf.size > 0) return null;
  return {
    code: 'noMtpPromised',
    severity: 'note',
    sentence: `config.json promises no MTP layers (num_nextn_predict_layers ${promised === null ? 'is absent' : 'is 0'}) and the files hold none, so there is nothing to draft with.`,
    evidence: [about('configKey', 'num_nextn_predict_layers')],
    hint: 'The target alone can be served; for drafts take a checkpoint with MTP layers.',
  };
};
