import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { ignoreListOf } from './ignoreEntries.ts';
import { entryText, mtpModules } from './mtpModules.ts';

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
    code: 'packedExpected',
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
