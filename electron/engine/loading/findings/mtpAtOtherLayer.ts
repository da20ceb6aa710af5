import { type FindingRule, namesText } from './finding.ts';
import { strayLayers } from './strayLayers.ts';

/** The config promises a layer that is empty, and an MTP layer stands at another number. */
export const mtpAtOtherLayer: FindingRule = ({ plan, census, strictMissing }) => {
  const { config } = plan.input;
  const found = strayLayers(config, census);
  if (found === null || found.empty.length === 0) return null;
  return {
    code: 'mtpAtOtherLayer',
    severity: strictMissing.length > 0 ? 'blocker' : 'silent',
    sentence: `${found.text}, but config.json puts the MTP layer at ${namesText(found.empty.map(String), 4)} (num_hidden_layers ${config.numHiddenLayers}), so the drafter does not read them.`,
    evidence: found.evidence,
    hint: 'Correct num_hidden_layers, or renumber the layer: its number is num_hidden_layers, not a fixed one.',
  };
};
