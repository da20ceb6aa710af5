import { evidenceOf } from '../../../loading/findings/evidence.ts';
import { plural } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';

export const valuesNotRead: ValueFindingRule = ({ failures }) => {
  const [first] = failures;
  if (first === undefined) return null;
  const more = failures.length > 1 ? ` And ${plural(failures.length - 1, 'more failure')}.` : '';
  return {
    code: 'valuesNotRead',
    severity: 'note',
    sentence: `Some values could not be read, so nothing is said about them: ${first}${more}`,
    evidence: evidenceOf(failures),
    hint: 'Check where the files are, then open the checkpoint again.',
  };
};
