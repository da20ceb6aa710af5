/** Modules that a method which is not modelled declares quantised, and the files hold in full precision. */
import { type IgnoreList, ignoreListOf } from './ignoreEntries.ts';
import type { LoadPicture } from './loadPicture.ts';
import { type Module, mtpModules } from './mtpModules.ts';

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
