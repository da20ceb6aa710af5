import type { Finding } from '../../../../common/contract.ts';
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

/** Of a file that holds headers alone. */
export const valuesAbsent: Finding = {
  code: 'valuesAbsent',
  severity: 'note',
  sentence: 'A headers file has no values, so NaN, zeros, scales and copies of embedding and head were not looked at.',
  evidence: [],
  hint: 'Run draftscope check where the checkpoint lies to have its values looked at.',
};
