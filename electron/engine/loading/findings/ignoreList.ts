/** The ignore list of the quantisation against the modules of the MTP layers. */
import type { Tensor } from '../../../common/domain.ts';
import { quantizedStem } from '../unmodelledQuantization.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { type IgnoreList, ignoreListOf } from './ignoreEntries.ts';
import type { LoadPicture } from './loadPicture.ts';
import { promisedLayers } from './nameCensus.ts';

interface Module {
  readonly name: string;
  readonly full: boolean;
  readonly dtype: string;
}

const linear =
  /\.(q_proj|q_a_proj|q_b_proj|kv_a_proj_with_mqa|kv_b_proj|o_proj|gate_proj|up_proj|down_proj|wq_b|wk|fc)$/;
const floats: ReadonlySet<string> = new Set(['BF16', 'F16', 'F32']);

/** Linear modules of MTP layers, and of what lies under foreign prefixes. */
function mtpModules({ plan, census }: LoadPicture): Module[] {
  const { tensors, config } = plan.input;
  const prefixes = promisedLayers(config).map((layer) => `model.layers.${layer}.`);
  const foreign = new Set([...census.foreign.values()].flat());
  const modules = new Map<string, Module>();
  const add = ({ name, dtype, file }: Tensor) => {
    const stem = name.endsWith('.weight') ? name.slice(0, -'.weight'.length) : quantizedStem(name);
    if (stem === null || !linear.test(stem)) return;
    const full = name.endsWith('.weight') && file >= 0 && floats.has(dtype);
    const known = modules.get(stem);
    if (known === undefined || !full) modules.set(stem, { name: stem, full, dtype });
  };
  for (const [index, tensor] of tensors.entries())
    if (foreign.has(index) || prefixes.some((prefix) => tensor.name.startsWith(prefix))) add(tensor);
  return [...modules.values()];
}

function entryText(list: IgnoreList, entry: string, modules: readonly Module[]): string {
  const matched = modules.filter(({ name }) => list.matches(entry, name));
  const missed = modules.filter(({ name, full }) => full && !list.entries.some((other) => list.matches(other, name)));
  const misses =
    missed.length === 0
      ? ''
      : `, does not match ${namesText(
          missed.map(({ name }) => name),
          2,
        )}`;
  return `${entry}: matches ${plural(matched.length, 'MTP module')}${
    matched.length > 0
      ? ` (${namesText(
          matched.map(({ name }) => name),
          1,
        )})`
      : ''
  }${misses}`;
}

/** Methods that ask the files which layers are quantised when the config lists none. */
const asksTheFiles = /^(awq|gptq)/;

/** Full precision where a packed weight is expected: the loader finds no parameter, or one of another shape. */
export const packedExpected: FindingRule = (picture) => {
  const { config } = picture.plan.input;
  const { method, declared } = picture.plan.quantization;
  if (method !== 'other' || !declaresAllLinears(config.raw.quantization_config)) return null;
  const list = ignoreListOf(config);
  if (list === null && asksTheFiles.test(declared ?? '')) return null;
  const missed = mtpModules(picture).filter(
    ({ name, full }) => full && !(list?.entries.some((entry) => list.matches(entry, name)) ?? false),
  );
  if (missed.length === 0) return null;
  return {
    code: 'storedInFullPrecision',
    severity: 'blocker',
    sentence: `${plural(missed.length, 'module')} of MTP layers ${missed.length === 1 ? 'is' : 'are'} quantised by config.json (${declared}) but stored in full precision, ${namesText(missed.map(({ name }) => name))}: expected packed, found ${missed[0]?.dtype}; ${list === null ? 'there is no ignore list' : `none of the ${plural(list.entries.length, 'entry', 'entries')} of ${list.key} matches them`}.`,
    evidence: evidenceOf([
      about('configKey', 'quantization_config'),
      ...(list?.entries.map((entry) => entryText(list, entry, mtpModules(picture))) ?? []).slice(0, 8),
      ...missed.map(({ name, dtype }) =>
        about('tensor', `${name}.weight`, `${name}.weight: expected packed, found ${dtype}`),
      ),
    ]),
    hint: 'Add these modules to the ignore list of quantization_config, or quantise them too.',
  };
};

function declaresAllLinears(quant: unknown): boolean {
  if (typeof quant !== 'object' || quant === null) return false;
  const { quant_method: method, config_groups: groups } = quant as { quant_method?: unknown; config_groups?: unknown };
  if (method !== 'compressed-tensors') return /^(awq|gptq|modelopt)/.test(String(method));
  return typeof groups === 'object' && groups !== null && JSON.stringify(groups).includes('"Linear"');
}

const aboutMtp = /(^|\.)mtp|eh_proj|enorm|hnorm|shared_head|nextn/;

/** Entries that are meant for MTP layers and match nothing there. */
export const ignoreListMisses: FindingRule = (picture) => {
  const { config } = picture.plan.input;
  const list = ignoreListOf(config);
  const promised = promisedLayers(config);
  if (list === null || promised.length === 0) return null;
  const modules = mtpModules(picture);
  // mtp.layers.0 counts MTP layers from 0, so its number says nothing here.
  const layerOf = (entry: string) =>
    entry.includes('mtp') ? Number.NaN : Number(/layers\\?\.(\d+)(?:\D|$)/.exec(entry)?.[1] ?? Number.NaN);
  const wrong = list.entries.filter((entry) => {
    const layer = layerOf(entry);
    if (layer >= config.numHiddenLayers && !promised.includes(layer)) return true;
    return layer < config.numHiddenLayers && aboutMtp.test(entry);
  });
  const forMtp = list.entries.filter((entry) => promised.includes(layerOf(entry)));
  // A whole layer is left out, and it is not the MTP layer: a number that was true for another model.
  const whole = list.entries.filter(
    (entry) => layerOf(entry) < config.numHiddenLayers && /layers\\?\.\d+(\.?\*|\\\.\.\*|\.)?$/.test(entry),
  );
  const stale = forMtp.length === 0 && whole.length === 1 && modules.some(({ full }) => full) ? whole : [];
  const numbers = [...new Set([...wrong, ...stale])];
  const missing = modules.filter(({ name, full }) => full && !list.entries.some((entry) => list.matches(entry, name)));
  const idle = list.entries.filter(
    (entry) => aboutMtp.test(entry) && !numbers.includes(entry) && missing.length > 0 && modules.length > 0,
  );
  if (numbers.length > 0)
    return {
      code: 'ignoreListLayer',
      severity: 'warning',
      sentence: `${plural(numbers.length, 'entry', 'entries')} of quantization_config.${list.key} name a layer that is not the MTP layer, ${namesText(numbers)}: with num_hidden_layers ${config.numHiddenLayers} that is layer ${namesText(promised.map(String), 4)}.`,
      evidence: evidenceOf([
        about('configKey', 'quantization_config'),
        ...numbers.map((entry) => entryText(list, entry, modules)),
      ]),
      hint: 'Write the number num_hidden_layers gives into the entries.',
    };
  if (idle.length === 0) return null;
  return {
    code: 'ignoreListMisses',
    severity: 'warning',
    sentence: `${plural(idle.length, 'entry', 'entries')} of quantization_config.${list.key} meant for MTP layers ${idle.length === 1 ? 'misses' : 'miss'} modules that are stored in full precision: ${namesText(idle)} ${idle.length === 1 ? 'does' : 'do'} not match ${namesText(missing.map(({ name }) => name))}.`,
    evidence: evidenceOf([
      about('configKey', 'quantization_config'),
      ...idle.map((entry) => entryText(list, entry, modules)),
    ]),
    hint: 'Name every module that is stored in full precision.',
  };
};
