import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText } from './finding.ts';
import { foreignText, missingLayers, missingSeverity, promiseText } from './missingLayers.ts';
import { promisedLayers } from './nameCensus.ts';

export const fewerMtpLayers: FindingRule = (picture) => {
  const missing = missingLayers(picture);
  const found = promisedLayers(picture.plan.input.config).length - missing.length;
  if (missing.length === 0 || found === 0) return null;
  return {
    code: 'fewerMtpLayers',
    severity: missingSeverity(picture),
    sentence: `${promiseText(picture)}, but the checkpoint has tensors of ${found} only and none of ${missing.length === 1 ? 'layer' : 'layers'} ${namesText(missing.map(String), 4)}.${foreignText(picture)}`,
    evidence: evidenceOf([
      about('configKey', 'num_nextn_predict_layers'),
      ...missing.map((layer) => `model.layers.${layer}.`),
    ]),
    hint: 'Use the original checkpoint: some converters leave the MTP layers out.',
  };
};
