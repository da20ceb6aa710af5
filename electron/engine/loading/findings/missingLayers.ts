/** MTP layers that the config promises and the files do not hold: what the findings about them share. */
import type { Finding } from './finding.ts';
import { namesText, plural } from './finding.ts';
import type { LoadPicture } from './loadPicture.ts';
import { foreignPrefixesOf, promisedLayers } from './nameCensus.ts';

/** Numbers of the promised layers without a tensor; none where the model cannot be built at all. */
export function missingLayers({ plan, census, initErrors }: LoadPicture): number[] {
  if (initErrors.length > 0) return [];
  return promisedLayers(plan.input.config).filter((layer) => !census.tensorsOfLayer.has(layer));
}

/** The strict check notices, unless loading stops before it. */
export function missingSeverity({ strictMissing, firstErrors }: LoadPicture): Finding['severity'] {
  return strictMissing.length > 0 && firstErrors.length === 0 ? 'blocker' : 'silent';
}

export function promiseText({ plan: { input } }: LoadPicture): string {
  const layers = promisedLayers(input.config);
  const numbers = namesText(layers.map(String), 4);
  return `config.json promises ${plural(layers.length, 'MTP layer')} at ${layers.length === 1 ? 'layer' : 'layers'} ${numbers} (num_hidden_layers ${input.config.numHiddenLayers})`;
}

/** A sentence of its own with a space in front; nothing where the files hold no foreign prefix. */
export function foreignText({ census }: LoadPicture): string {
  const prefixes = foreignPrefixesOf(census);
  return prefixes.length === 0 ? '' : ` There are tensors under ${namesText(prefixes, 3)}, which it does not read.`;
}
