/** Layer numbers in the entries of an ignore list. */
import type { ModelConfig } from '../../../common/domain.ts';
import type { IgnoreList } from './ignoreEntries.ts';
import type { Module } from './mtpModules.ts';

export const aboutMtp = /(^|[.*:^])mtp|eh_proj|enorm|hnorm|shared_head|nextn/;

/** Number of the layer in an entry; NaN = none. mtp.layers.0 counts MTP layers from 0, so its number says nothing here. */
export function layerOfEntry(entry: string): number {
  return entry.includes('mtp') ? Number.NaN : Number(/layers\\?\.(\d+)(?:\D|$)/.exec(entry)?.[1] ?? Number.NaN);
}

/** Entries whose layer number is not that of an MTP layer, though they are meant for one. */
export function entriesOfOtherLayers(
  { entries }: IgnoreList,
  { numHiddenLayers }: ModelConfig,
  promised: readonly number[],
  modules: readonly Module[],
): string[] {
  const wrong = entries.filter((entry) => {
    const layer = layerOfEntry(entry);
    if (layer >= numHiddenLayers && !promised.includes(layer)) return true;
    return layer < numHiddenLayers && aboutMtp.test(entry);
  });
  const forMtp = entries.filter((entry) => promised.includes(layerOfEntry(entry)));
  // A whole layer is left out, and it is not the MTP layer: a number that was true for another model.
  const whole = entries.filter(
    (entry) => layerOfEntry(entry) < numHiddenLayers && /layers\\?\.\d+(\.?\*|\\\.\.\*|\.)?$/.test(entry),
  );
  const stale = forMtp.length === 0 && whole.length === 1 && modules.some(({ full }) => full) ? whole : [];
  return [...new Set([...wrong, ...stale])];
}
