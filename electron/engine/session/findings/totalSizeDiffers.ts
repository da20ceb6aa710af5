import { evidenceOf } from '../../loading/findings/evidence.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

export const totalSizeDiffers: CheckpointFindingRule = ({ index, tensors, problems }) => {
  // With files missing, the sum says nothing.
  if (index?.totalSize == null || problems.length > 0) return null;
  const bytes = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (bytes === index.totalSize) return null;
  const grouped = (value: number) => value.toLocaleString('en-US');
  return {
    code: 'totalSizeDiffers',
    severity: 'warning',
    sentence: `The index gives a total_size of ${grouped(index.totalSize)} bytes, but the tensors of its files have ${grouped(bytes)}.`,
    evidence: evidenceOf([`metadata.total_size ${index.totalSize}`, `sum of the tensors ${bytes}`]),
    hint: 'Nothing is loaded differently, but the index was not written with these files: compare it with the original.',
  };
};
