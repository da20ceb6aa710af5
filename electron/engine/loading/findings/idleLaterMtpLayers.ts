import { evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';

export const idleLaterMtpLayers: FindingRule = (plan) => {
  const { config, kind } = plan.input;
  const layers = config.numNextnPredictLayers ?? 0;
  if (kind !== 'drafter' || layers < 2) return null;
  const first = config.numHiddenLayers;
  return {
    code: 'idleLaterMtpLayers',
    severity: 'note',
    sentence: `The reference runs only the first of the ${layers} MTP layers, layer ${first}, for every draft; ${layers === 2 ? `layer ${first + 1} stays` : 'the others stay'} idle.`,
    evidence: evidenceOf(Array.from({ length: layers - 1 }, (_, at) => `model.layers.${first + 1 + at}`)),
    hint: 'The predictor "modules" uses every layer for its own draft position.',
  };
};
