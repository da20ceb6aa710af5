import { declaredIn } from './declaredQuantized.ts';
import { evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { ignoreListOf } from './ignoreEntries.ts';
import { aboutMtp, entriesOfOtherLayers, layerOfEntry } from './ignoreListLayers.ts';
import { entryText, mtpModules } from './mtpModules.ts';
import { promisedLayers } from './nameCensus.ts';

/** Entries that are meant for MTP layers and match nothing there. */
export const ignoreListMisses: FindingRule = (picture) => {
  const { config } = picture.plan.input;
  const list = ignoreListOf(config);
  const promised = promisedLayers(config);
  if (list === null || promised.length === 0) return null;
  const modules = mtpModules(picture);
  const numbers = entriesOfOtherLayers(list, config, promised, modules);
  const missing = modules.filter(({ name, full }) => full && !list.entries.some((entry) => list.matches(entry, name)));
  if (missing.length === 0) return null;
  // The number of the MTP layer says whom an entry is meant for, too; that one is at fault when it matches nothing.
  const isMeant = (entry: string) =>
    aboutMtp.test(entry) ||
    (promised.includes(layerOfEntry(entry)) && !modules.some(({ name }) => list.matches(entry, name)));
  const idle = list.entries.filter((entry) => isMeant(entry) && !numbers.includes(entry));
  if (idle.length === 0) return null;
  return {
    code: 'ignoreListMisses',
    severity: 'warning',
    sentence: `${plural(idle.length, 'entry', 'entries')} of ${list.place} meant for MTP layers ${idle.length === 1 ? 'misses' : 'miss'} modules that are stored in full precision: ${namesText(idle)} ${idle.length === 1 ? 'does' : 'do'} not match ${namesText(missing.map(({ name }) => name))}.`,
    evidence: evidenceOf([declaredIn(config), ...idle.map((entry) => entryText(list, entry, modules))]),
    hint: 'Name every module that is stored in full precision.',
  };
};
