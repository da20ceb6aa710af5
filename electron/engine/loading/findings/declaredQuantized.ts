/** Modules that a method which is not modelled declares quantised, and the files hold in full precision. */
import type { ModelConfig } from '../../../common/domain.ts';
import { about, type Evidence } from './evidence.ts';
import { plural } from './finding.ts';
import { type IgnoreList, ignoreListOf } from './ignoreEntries.ts';
import { aboutMtp, layerOfEntry } from './ignoreListLayers.ts';
import type { LoadPicture } from './loadPicture.ts';
import { entryText, type Module, mtpModules } from './mtpModules.ts';
import { promisedLayers } from './nameCensus.ts';

export interface MissedModules {
  readonly modules: readonly [Module, ...Module[]];
  /** null = the config holds no list of what is left in full precision. */
  readonly list: IgnoreList | null;
  /** Packed weights have a name or a shape of their own, so the loader raises; fp8 and int8 ones take any float. */
  readonly isPacked: boolean;
}

/** Methods that ask the files which layers are quantised when the config lists none. */
const asksTheFiles = /^(awq|gptq)/;

/** null = none, or the config doesn't say that every linear layer is quantised. */
export function missedModules(picture: LoadPicture): MissedModules | null {
  const { config } = picture.plan.input;
  const { method, declared } = picture.plan.quantization;
  const quant = objectOf(config.raw.quantization_config);
  if (method !== 'other' || !declaresAllLinears(quant)) return null;
  const list = ignoreListOf(config);
  if (list === null && asksTheFiles.test(declared ?? '')) return null;
  const [first, ...others] = mtpModules(picture).filter(
    ({ name, full }) => full && !(list?.entries.some((entry) => list.matches(entry, name)) ?? false),
  );
  return first === undefined ? null : { modules: [first, ...others], list, isPacked: isPacked(quant) };
}

/** Where the quantisation is declared, as a line of evidence. */
export function declaredIn({ quantizationFile }: ModelConfig): Evidence {
  return quantizationFile === undefined ? about('configKey', 'quantization_config') : { text: quantizationFile };
}

const mostEntries = 8;

/** What entries of the ignore list match and miss: those that are meant for MTP layers, or reach them, first. */
export function entryLines(picture: LoadPicture): Evidence[] {
  const { config } = picture.plan.input;
  const list = ignoreListOf(config);
  if (list === null) return [];
  const modules = mtpModules(picture);
  const promised = promisedLayers(config);
  const isRelevant = (entry: string) =>
    aboutMtp.test(entry) ||
    promised.includes(layerOfEntry(entry)) ||
    modules.some(({ name }) => list.matches(entry, name));
  const relevant = list.entries.filter(isRelevant);
  const shown = (relevant.length > 0 ? relevant : list.entries).slice(0, mostEntries);
  const more = list.entries.length - shown.length;
  return [
    ...shown.map((entry) => ({ text: entryText(list, entry, modules) })),
    ...(more > 0 ? [{ text: `${plural(more, 'further entry', 'further entries')} of ${list.place}` }] : []),
  ];
}

/** The end of a sentence: "none of the 3 entries of quantization_config.ignore matches them". */
export function listText(list: IgnoreList | null): string {
  return list === null
    ? 'there is no ignore list'
    : `none of the ${plural(list.entries.length, 'entry', 'entries')} of ${list.place} matches them`;
}

type Json = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function declaresAllLinears({ quant_method: method, config_groups: groups }: Json): boolean {
  if (method !== 'compressed-tensors') return /^(awq|gptq|modelopt)/.test(String(method));
  return typeof groups === 'object' && groups !== null && JSON.stringify(groups).includes('"Linear"');
}

function isPacked(quant: Json): boolean {
  const method = String(quant.quant_method);
  if (method.startsWith('modelopt')) {
    const algo = String(quant.quant_algo ?? objectOf(quant.quantization).quant_algo ?? '').toUpperCase();
    return !/^(MX)?FP8/.test(algo);
  }
  if (method !== 'compressed-tensors') return true;
  if (typeof quant.format === 'string') return /pack|marlin/.test(quant.format);
  return !/"num_bits":8\b/.test(JSON.stringify(quant.config_groups ?? {}));
}
