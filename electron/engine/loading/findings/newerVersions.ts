/** Where releases after the reference treat the same files in another way. */
import type { LoadPicture } from './loadPicture.ts';
import { promisedLayers } from './nameCensus.ts';

const check =
  'Since 2026-02-28 (v0.17.0) the loader raises ValueError when an MTP layer has no name in its loaded set; a layer of which one tensor is there still passes.';
const ofIndexers = [
  "Since April 2026 the indexer's wk and weights_proj are parts of one fused parameter.",
  'Since June 2026 the MTP steps share the indices of sparse attention.',
];

/** All differences, where no model is there to choose among them. */
export const newerVersions: readonly string[] = [check, ...ofIndexers];

/** One sentence for each difference that bears on this model. */
export function newerVersionsOf({ plan: { input, reportedNames } }: LoadPicture): string[] {
  const { config } = input;
  const layers = promisedLayers(config);
  const empty = layers.filter((layer) => ![...reportedNames].some((name) => name.startsWith(`model.layers.${layer}.`)));
  return [
    empty.length === 0 ? check : `${check} Here it would raise for layer ${empty.join(', ')}.`,
    ...(config.indexTopk === null ? [] : ofIndexers),
  ];
}
