import type { FindingRule } from './finding.ts';

export const idleLaterMtpLayers: FindingRule = (plan) => {
  const { config, kind } = plan.input;
  const layers = config.numNextnPredictLayers ?? 0;
  if (kind !== 'drafter' || layers < 2) return null;
  const first = config.numHiddenLayers;
  return {
    code: 'idleLaterMtpLayers',
    severity: 'note',
    sentence: `All ${layers} MTP layers are loaded, but the reference runs only layer ${first} for every draft; the others stay idle.`,
    evidence: Array.from({ length: layers - 1 }, (_, at) => `model.layers.${first + 1 + at}`),
    advice: 'The predictor "modules" uses every layer for its own draft position.',
  };
};
