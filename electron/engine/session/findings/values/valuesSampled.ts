import { plural } from '../../../loading/findings/finding.ts';
import type { ValueFindingRule } from './valueFindings.ts';
import { bytesText } from './wording.ts';

/** Says how far the silence of the other findings reaches. */
export const valuesSampled: ValueFindingRule = ({ bytesRead, bytesTotal, tensorsRead, numTensors, ...picture }) => {
  const { zeroFiles, numFiles, failures } = picture;
  if (bytesRead === bytesTotal || failures.length > 0 || zeroFiles.length === numFiles) return null;
  return {
    code: 'valuesSampled',
    severity: 'note',
    sentence: `Values were sampled: ${bytesText(bytesRead)} of ${bytesText(bytesTotal)}, in ${tensorsRead.toLocaleString('en-US')} of ${plural(numTensors, 'tensor')}, those used for drafts first.`,
    evidence: [],
    hint: 'draftscope check --read-all reads every byte.',
  };
};
