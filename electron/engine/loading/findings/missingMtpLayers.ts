import { evidenceOf } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';

const layerPattern = /^model\.layers\.\d+\./;

/** Fewer MTP layers in the files than the config promises, or none promised. */
export const missingMtpLayers: FindingRule = (plan) => {
  const { config, kind, tensors } = plan.input;
  const promised = config.numNextnPredictLayers ?? 0;
  if (kind === 'target' || plan.initError !== null) return null;
  if (promised === 0)
    return {
      code: 'noMtpLayersPromised',
      severity: 'warning',
      sentence:
        'config.json promises no MTP layers (num_nextn_predict_layers is 0), so there is nothing to draft with.',
      evidence: [],
      hint: 'Set num_nextn_predict_layers to the number of MTP layers, if the files hold any.',
    };
  const present = new Set(tensors.map(({ name }) => layerPattern.exec(name)?.[0]));
  const missing = Array.from({ length: promised }, (_, at) => `model.layers.${config.numHiddenLayers + at}.`).filter(
    (prefix) => !present.has(prefix),
  );
  if (missing.length === 0) return null;
  const found = promised - missing.length;
  return {
    code: found === 0 ? 'noMtpTensors' : 'fewerMtpLayers',
    severity: plan.strictCheckRaises ? 'blocker' : 'silent',
    sentence:
      found === 0
        ? `config.json promises ${plural(promised, 'MTP layer')}, but the files hold no tensor of any.`
        : `config.json promises ${plural(promised, 'MTP layer')}, but the files hold tensors of ${found} only.`,
    evidence: evidenceOf(missing),
    hint: 'Use the original checkpoint: some converters leave the MTP layers out.',
  };
};
