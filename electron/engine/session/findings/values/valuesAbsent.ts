import type { Finding } from '../../../../common/contract.ts';

/** Of a file that holds headers alone. */
export const valuesAbsent: Finding = {
  code: 'valuesAbsent',
  severity: 'note',
  sentence: 'A headers file has no values, so NaN, zeros, scales and copies of embedding and head were not looked at.',
  evidence: [],
  hint: 'Run draftscope check where the checkpoint lies to have its values looked at.',
};
