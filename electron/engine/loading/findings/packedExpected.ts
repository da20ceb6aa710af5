import { declaredIn, entryLines, listText, missedModules } from './declaredQuantized.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';

/** Full precision where a packed weight is expected: the loader finds no parameter, or one of another shape. */
export const packedExpected: FindingRule = (picture) => {
  const missed = missedModules(picture);
  if (missed === null || !missed.isPacked) return null;
  const { modules, list } = missed;
  const { declared } = picture.plan.quantization;
  return {
    code: 'packedExpected',
    severity: 'blocker',
    sentence: `${plural(modules.length, 'module')} of MTP layers ${modules.length === 1 ? 'is' : 'are'} quantised by ${picture.plan.input.config.quantizationFile ?? 'config.json'} (${declared}) but stored in full precision, ${namesText(modules.map(({ name }) => name))}: expected packed, found ${modules[0].dtype}; ${listText(list)}.`,
    evidence: evidenceOf([
      declaredIn(picture.plan.input.config),
      ...entryLines(picture),
      ...modules.map(({ name, dtype }) =>
        about('tensor', `${name}.weight`, `${name}.weight: expected packed, found ${dtype}`),
      ),
    ]),
    hint: 'Add these modules to the ignore list of the quantisation, or quantise them too.',
  };
};
