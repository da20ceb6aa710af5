import { type FindingRule, plural } from './finding.ts';
import { promisedLayers } from './nameCensus.ts';
import { strayLayers } from './strayLayers.ts';

/** All promised layers are there, and the files hold MTP layers beyond their count. */
export const moreMtpLayers: FindingRule = ({ plan, census, initErrors }) => {
  const { config } = plan.input;
  // A count that cannot be read promises nothing that the files could exceed.
  if (typeof (config.raw.num_nextn_predict_layers ?? 0) !== 'number') return null;
  const found = strayLayers(config, census);
  if (found === null || found.empty.length > 0) return null;
  return {
    code: 'moreMtpLayers',
    severity: initErrors.length > 0 ? 'blocker' : 'warning',
    sentence: `${found.text}, but config.json promises ${plural(promisedLayers(config).length, 'MTP layer')} (num_nextn_predict_layers ${config.numNextnPredictLayers ?? 'is absent'}), so ${plural(found.stray.length, 'layer')} would be ignored.`,
    evidence: found.evidence,
    hint: 'Set num_nextn_predict_layers to the number of MTP layers in the files.',
  };
};
