/** MTP layers at numbers that the config does not promise: what the findings about them share. */
import type { ModelConfig } from '../../../common/domain.ts';
import { about, evidenceOf } from './evidence.ts';
import { type Finding, namesText } from './finding.ts';
import { hallmarks, type NameCensus, promisedLayers } from './nameCensus.ts';

export interface StrayLayers {
  /** Numbers of layers that have hallmarks and are not promised, ascending. */
  readonly stray: readonly number[];
  /** Numbers of promised layers without hallmarks, ascending. */
  readonly empty: readonly number[];
  /** "enorm, hnorm, eh_proj of an MTP layer stand in layer 61" */
  readonly text: string;
  readonly evidence: Finding['evidence'];
}

/** null = no such layer */
export function strayLayers(config: ModelConfig, census: NameCensus): StrayLayers | null {
  const promised = promisedLayers(config);
  const stray = [...census.hallmarksOf.keys()].filter((layer) => !promised.includes(layer)).sort((a, b) => a - b);
  if (stray.length === 0) return null;
  const { numHiddenLayers, numNextnPredictLayers } = config;
  return {
    stray,
    empty: promised.filter((layer) => !census.hallmarksOf.has(layer)),
    text: `${hallmarks.join(', ')} of an MTP layer stand in layer ${namesText(stray.map(String), 4)}`,
    evidence: evidenceOf([
      about('configKey', 'num_hidden_layers', `num_hidden_layers: ${numHiddenLayers}`),
      about('configKey', 'num_nextn_predict_layers', `num_nextn_predict_layers: ${numNextnPredictLayers ?? 'absent'}`),
      ...stray.map((layer) => `model.layers.${layer}.`),
    ]),
  };
}
