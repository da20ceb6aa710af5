/** What the names alone say about where MTP layers lie and what stands in them. */
import type { ModelConfig, Tensor } from '../../../common/domain.ts';

export const hallmarks = ['enorm', 'hnorm', 'eh_proj'] as const;

export interface NameCensus {
  /** Number in model.layers.<number>. -> tensors there, from the first MTP layer of the config on. */
  readonly tensorsOfLayer: ReadonlyMap<number, number>;
  /** Any layer -> which of the hallmarks of an MTP layer it has. */
  readonly hallmarksOf: ReadonlyMap<number, ReadonlySet<string>>;
  /** Prefix under which another family or another drafter keeps its layers -> its tensors, by index. */
  readonly foreign: ReadonlyMap<string, readonly number[]>;
  /** Indices of the tensors of the MTP layers that the config promises. */
  readonly ofPromised: readonly number[];
}

/** The first that fits counts. */
const foreignPrefixes: readonly RegExp[] = [
  /^(?:model\.|language_model\.)?mtp\.layers\.\d+\./,
  /^(?:model\.|language_model\.)?mtp\.\d+\./,
  /^(?:model\.)?mtp_layers\.\d+\./,
  /^(?:model\.|language_model\.)?mtp\./,
  /^model\.mtp_(?:block|emb_norm|hidden_norm|linear_proj)\.\d+\./,
  /^blk\.\d+\.nextn\./,
  /^(?:model\.)?(?:nextn|eagle|eagle3|dspark|drafter)[._]/,
];

/** Layers of this family below another prefix; those of MTP layers are told by their number. */
export const shiftedLayer = /^(?:language_model\.model\.|model\.language_model\.|language_model\.)?layers\.(\d{1,6})\./;

/** What else lies under such a prefix is no weight: recorded activations, say. */
const weightSuffix = /(weight|bias|scale|scales|scale_inv|qzeros|packed|fn|base)$/;

const layerPattern = /^model\.layers\.(0|[1-9]\d{0,5})\./;

/** A census depends on the checkpoint alone, and every change of ranks asks for it again. */
const known = new WeakMap<readonly Tensor[], { readonly config: ModelConfig; readonly census: NameCensus }>();

export function nameCensus(tensors: readonly Tensor[], config: ModelConfig): NameCensus {
  const before = known.get(tensors);
  if (before?.config === config) return before.census;
  const census = takeCensus(tensors, config);
  known.set(tensors, { config, census });
  return census;
}

function takeCensus(tensors: readonly Tensor[], { numHiddenLayers, numNextnPredictLayers }: ModelConfig): NameCensus {
  const end = numHiddenLayers + (numNextnPredictLayers ?? 0);
  const ofPromised: number[] = [];
  const tensorsOfLayer = new Map<number, number>();
  const hallmarksOf = new Map<number, Set<string>>();
  const foreign = new Map<string, number[]>();
  for (const [index, { name }] of tensors.entries()) {
    const layer = layerPattern.exec(name);
    if (layer === null) {
      if (!weightSuffix.test(name)) continue;
      const shifted = shiftedLayer.exec(name);
      const prefix =
        shifted === null
          ? foreignPrefixes.map((pattern) => pattern.exec(name)?.[0]).find((found) => found !== undefined)
          : Number(shifted[1]) >= numHiddenLayers
            ? shifted[0]
            : undefined;
      if (prefix === undefined) continue;
      const list = foreign.get(prefix);
      if (list === undefined) foreign.set(prefix, [index]);
      else list.push(index);
      continue;
    }
    const number = Number(layer[1]);
    if (number >= numHiddenLayers) tensorsOfLayer.set(number, (tensorsOfLayer.get(number) ?? 0) + 1);
    if (number >= numHiddenLayers && number < end) ofPromised.push(index);
    const rest = name.slice(layer[0].length);
    const hallmark = hallmarks.find((module) => rest.startsWith(`${module}.`));
    if (hallmark === undefined) continue;
    const found = hallmarksOf.get(number);
    if (found === undefined) hallmarksOf.set(number, new Set([hallmark]));
    else found.add(hallmark);
  }
  return { tensorsOfLayer, hallmarksOf, foreign, ofPromised };
}

/** The foreign prefixes as people read them, without the dot at the end. */
export function foreignPrefixesOf({ foreign }: NameCensus): string[] {
  return [...foreign.keys()].map((prefix) => prefix.replace(/\.$/, ''));
}

/** Numbers of the MTP layers that the config promises. */
export function promisedLayers({ numHiddenLayers, numNextnPredictLayers }: ModelConfig): readonly number[] {
  return Array.from({ length: numNextnPredictLayers ?? 0 }, (_, at) => numHiddenLayers + at);
}
