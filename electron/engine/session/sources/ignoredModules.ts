/** The modules that quantization_config leaves in full precision, against the modules that are there. */
import type { Checkpoint } from '../../checkpoint/openCheckpoint.ts';
import { ignoreListOf } from '../../loading/findings/ignoreEntries.ts';

export interface IgnoredModules {
  /** Key of quantization_config. */
  readonly key: string;
  readonly entries: number;
  /** Entries that match no module; null = the list is too long to be compared. */
  readonly unmatched: number | null;
  /** Numbers of layers behind the decoder layers that entries name, ascending. */
  readonly mtpLayers: readonly string[];
}

/** Comparisons of a pattern with a name; a tenth of a second. */
const mostComparisons = 2_000_000;

/** mtp.layers.0 counts from 0 and is no number of this kind. */
const layerOf = /^(?!.*mtp).*layers\\?\.(\d{1,6})(?:\D|$)/;

/** @returns null without such a list */
export function ignoredModules({ config, tensors }: Checkpoint): IgnoredModules | null {
  const list = ignoreListOf(config);
  if (list === null) return null;
  const layers = list.entries.map((entry) => Number(layerOf.exec(entry)?.[1] ?? -1));
  const mtpLayers = [...new Set(layers.filter((layer) => layer >= config.numHiddenLayers))].sort((a, b) => a - b);
  const modules = new Set(tensors.map(({ name }) => name.slice(0, Math.max(0, name.lastIndexOf('.')))));
  const patterns = list.entries.filter((entry) => !modules.has(entry));
  const comparable = patterns.length * modules.size <= mostComparisons;
  const names = comparable ? [...modules] : [];
  return {
    key: list.key,
    entries: list.entries.length,
    unmatched: comparable
      ? patterns.filter((entry) => !names.some((name) => isWithin(entry, name) || list.matches(entry, name))).length
      : null,
    mtpLayers: mtpLayers.map(String),
  };
}

/** An entry may name a block of modules as a whole. */
function isWithin(entry: string, module: string): boolean {
  return module.startsWith(entry) && module[entry.length] === '.';
}
