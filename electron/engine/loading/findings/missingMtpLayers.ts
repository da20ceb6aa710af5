import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { promisedLayers } from './nameCensus.ts';

const numberKey = about('configKey', 'num_nextn_predict_layers');

/** Fewer MTP layers in the files than the config promises. */
export const missingMtpLayers: FindingRule = ({ plan, census, strictMissing, firstErrors, initErrors }) => {
  const { config } = plan.input;
  const layers = promisedLayers(config);
  const missing = layers.filter((layer) => !census.tensorsOfLayer.has(layer));
  if (missing.length === 0 || initErrors.length > 0) return null;
  const found = layers.length - missing.length;
  const foreign = [...census.foreign.keys()].map((prefix) => prefix.replace(/\.$/, ''));
  const elsewhere =
    foreign.length > 0 ? ` There are tensors under ${namesText(foreign, 3)}, which it does not read.` : '';
  const promise = `config.json promises ${plural(layers.length, 'MTP layer')} at layer ${namesText(layers.map(String), 4)} (num_hidden_layers ${config.numHiddenLayers})`;
  return {
    code: found === 0 ? 'noMtpTensors' : 'fewerMtpLayers',
    severity: strictMissing.length > 0 && firstErrors.length === 0 ? 'blocker' : 'silent',
    sentence: `${promise}, but the checkpoint has ${found === 0 ? '0 tensors of it' : `tensors of ${found} only and none of layer ${namesText(missing.map(String), 4)}`}.${elsewhere}`,
    evidence: evidenceOf([numberKey, ...missing.map((layer) => `model.layers.${layer}.`)]),
    hint: 'Use the original checkpoint: some converters leave the MTP layers out.',
  };
};
