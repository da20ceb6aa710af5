import { evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';
import { promisedLayers } from './nameCensus.ts';

export const idleLaterMtpLayers: FindingRule = ({ plan }) => {
  const layers = promisedLayers(plan.input.config);
  const [first, ...later] = layers;
  if (later.length === 0) return null;
  return {
    code: 'idleLaterMtpLayers',
    severity: 'note',
    sentence: `The reference runs only the first of the ${layers.length} MTP layers, layer ${first}, for every draft; ${later.length === 1 ? `layer ${later[0]} stays` : 'the others stay'} idle.`,
    evidence: evidenceOf(later.map((layer) => `model.layers.${layer}`)),
    hint: 'The predictor "modules" uses every layer for its own draft position.',
  };
};
