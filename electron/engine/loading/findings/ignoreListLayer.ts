import { declaredIn } from './declaredQuantized.ts';
import { evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { ignoreListOf } from './ignoreEntries.ts';
import { entriesOfOtherLayers } from './ignoreListLayers.ts';
import { entryText, mtpModules } from './mtpModules.ts';
import { promisedLayers } from './nameCensus.ts';

/** Entries with the layer number of another model. */
export const ignoreListLayer: FindingRule = (picture) => {
  const { config } = picture.plan.input;
  const list = ignoreListOf(config);
  const promised = promisedLayers(config);
  if (list === null || promised.length === 0) return null;
  const modules = mtpModules(picture);
  const numbers = entriesOfOtherLayers(list, config, promised, modules);
  if (numbers.length === 0) return null;
  return {
    code: 'ignoreListLayer',
    severity: 'warning',
    sentence: `${plural(numbers.length, 'entry', 'entries')} of ${list.place} ${numbers.length === 1 ? 'names' : 'name'} a layer that is not the MTP layer, ${namesText(numbers)}: with num_hidden_layers ${config.numHiddenLayers} that is layer ${namesText(promised.map(String), 4)}.`,
    evidence: evidenceOf([declaredIn(config), ...numbers.map((entry) => entryText(list, entry, modules))]),
    hint: 'Write the number num_hidden_layers gives into the entries.',
  };
};
