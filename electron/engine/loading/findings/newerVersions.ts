/** Where releases after the reference treat the same files in another way. */
import type { LoadPlan } from '../loadPlan.ts';

/** One sentence for each difference that bears on this model. */
export function newerVersionsOf({ input, reportedNames }: LoadPlan): string[] {
  const { config } = input;
  const first = config.numHiddenLayers;
  const layers = Array.from({ length: config.numNextnPredictLayers ?? 0 }, (_, at) => first + at);
  const empty = layers.filter((layer) => ![...reportedNames].some((name) => name.startsWith(`model.layers.${layer}.`)));
  const check =
    'Since 2026-02-28 (v0.17.0) the loader raises ValueError when an MTP layer has no name in its loaded set; a layer of which one tensor is there still passes.';
  return [
    empty.length === 0 ? check : `${check} Here it would raise for layer ${empty.join(', ')}.`,
    ...(config.indexTopk === null
      ? []
      : [
          "Since April 2026 the indexer's wk and weights_proj are parts of one fused parameter.",
          'Since June 2026 the MTP steps share the indices of sparse attention.',
        ]),
  ];
}
