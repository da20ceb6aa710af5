/** What a list of tensor names says about a model by itself, without config.json. */
import { hallmarks } from '../../loading/findings/nameCensus.ts';

export interface NameFacts {
  readonly tensors: number;
  /** Numbers of decoder layers, ascending. */
  readonly mainLayers: readonly number[];
  /** Layers with a module that only MTP layers have: the number, or the prefix where it is not the usual one. */
  readonly mtpLayers: readonly string[];
  /** Layers without routed experts among mainLayers. */
  readonly denseLayers: number;
  /** Fewest and most routed experts of a layer that has any; null = none has. */
  readonly experts: { readonly fewest: number; readonly most: number } | null;
  readonly blockScales: number;
  readonly hasHead: boolean;
}

const layerPattern = /^(.*?)layers\.(\d{1,6})\.(?:mlp\.experts\.(\d{1,6})\.)?/;
const usualPrefix = 'model.';
const scaleSuffix = '.weight_scale_inv';

export function nameFactsOf(names: Iterable<string>): NameFacts {
  const layers = new Map<string, { readonly number: number; isMtp: boolean; readonly experts: Set<string> }>();
  let tensors = 0;
  let blockScales = 0;
  let hasHead = false;
  for (const name of names) {
    tensors++;
    if (name.endsWith(scaleSuffix)) blockScales++;
    if (name === 'lm_head.weight') hasHead = true;
    const match = layerPattern.exec(name);
    if (match === null) continue;
    const [whole, prefix = '', digits = '', expert] = match;
    const key = prefix === usualPrefix ? digits : `${prefix}layers.${digits}`;
    let layer = layers.get(key);
    if (layer === undefined) {
      layer = { number: Number(digits), isMtp: /mtp|nextn/.test(prefix), experts: new Set() };
      layers.set(key, layer);
    }
    if (expert !== undefined) layer.experts.add(expert);
    else if (!layer.isMtp) layer.isMtp = hallmarks.some((module) => name.startsWith(`${module}.`, whole.length));
  }
  const all = [...layers].sort(([, a], [, b]) => a.number - b.number);
  const main = all.filter(([, { isMtp }]) => !isMtp);
  const counts = all.map(([, { experts }]) => experts.size).filter((size) => size > 0);
  return {
    tensors,
    mainLayers: main.map(([, { number }]) => number),
    mtpLayers: all.filter(([, { isMtp }]) => isMtp).map(([key]) => key),
    denseLayers: main.filter(([, { experts }]) => experts.size === 0).length,
    experts: counts.length === 0 ? null : { fewest: Math.min(...counts), most: Math.max(...counts) },
    blockScales,
    hasHead,
  };
}
