import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { hallmarks, promisedLayers } from './nameCensus.ts';

/** MTP layers that the config does not promise: at other numbers than it gives, or beyond its count. */
export const moreMtpLayers: FindingRule = ({ plan, census, strictMissing, initErrors }) => {
  const { config } = plan.input;
  const promised = promisedLayers(config);
  const others = [...census.hallmarksOf.keys()].filter((layer) => !promised.includes(layer)).sort((a, b) => a - b);
  if (others.length === 0) return null;
  const empty = promised.filter((layer) => !census.hallmarksOf.has(layer));
  const found = `${hallmarks.join(', ')} of an MTP layer stand in layer ${namesText(others.map(String), 4)}`;
  const evidence = evidenceOf([
    about('configKey', 'num_hidden_layers', `num_hidden_layers: ${config.numHiddenLayers}`),
    about(
      'configKey',
      'num_nextn_predict_layers',
      `num_nextn_predict_layers: ${config.numNextnPredictLayers ?? 'absent'}`,
    ),
    ...others.map((layer) => `model.layers.${layer}.`),
  ]);
  if (empty.length > 0)
    return {
      code: 'mtpAtOtherLayer',
      severity: strictMissing.length > 0 ? 'blocker' : 'silent',
      sentence: `${found}, but config.json puts the MTP layer at ${namesText(empty.map(String), 4)} (num_hidden_layers ${config.numHiddenLayers}), so the drafter does not read them.`,
      evidence,
      hint: 'Correct num_hidden_layers, or renumber the layer: its number is num_hidden_layers, not a fixed one.',
    };
  return {
    code: 'moreMtpLayers',
    severity: initErrors.length > 0 ? 'blocker' : 'warning',
    sentence: `${found}, but config.json promises ${plural(promised.length, 'MTP layer')} (num_nextn_predict_layers ${config.numNextnPredictLayers ?? 'is absent'}), so ${plural(others.length, 'layer')} would be ignored.`,
    evidence,
    hint: 'Set num_nextn_predict_layers to the number of MTP layers in the files.',
  };
};
