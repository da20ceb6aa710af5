import { configClassOf, takenDefaults } from '../../checkpoint/classDefaults.ts';
import { about, evidenceOf } from '../../loading/findings/evidence.ts';
import { namesText } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

/** Keys that config.json lost: nothing fails over them by itself, and a model of other sizes is built. */
export const configDefaults: CheckpointFindingRule = ({ config: { raw } }) => {
  const taken = Object.entries(takenDefaults(raw));
  const { name } = configClassOf(raw) ?? {};
  if (taken.length === 0 || name === undefined) return null;
  const said = taken.map(([key, value]) => `${key} ${String(value)}`);
  return {
    code: 'configDefaults',
    severity: 'warning',
    sentence: `config.json leaves out ${taken.length === 1 ? 'a key' : `${taken.length} keys`} of the model, for which the reference takes the defaults of ${name}: ${namesText(said, 4)}.`,
    evidence: evidenceOf(
      taken.map(([key, value]) => about('configKey', key, `${key}: ${String(value)} (default of ${name})`)),
    ),
    hint: 'Add the keys with the values of the original model; a config class of its own (--trust-remote-code) may have other defaults.',
  };
};
