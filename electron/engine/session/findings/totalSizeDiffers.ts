import { about, evidenceOf } from '../../loading/findings/evidence.ts';
import { namesText, sizeText } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';
import { filesOfGap } from './sizeGap.ts';

export const totalSizeDiffers: CheckpointFindingRule = (checkpoint) => {
  const { index, tensors, problems } = checkpoint;
  // With files missing, the sum says nothing.
  if (index?.totalSize == null || problems.length > 0) return null;
  const bytes = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
  if (bytes === index.totalSize) return null;
  const from = filesOfGap(checkpoint, bytes - index.totalSize);
  const reason =
    from === null
      ? ''
      : ` The difference, ${sizeText(bytes - index.totalSize)}, is what ${namesText(from, 4)} ${from.length === 1 ? 'holds' : 'hold'}.`;
  const grouped = (value: number) => value.toLocaleString('en-US');
  return {
    code: 'totalSizeDiffers',
    severity: 'warning',
    sentence: `The index gives a total_size of ${grouped(index.totalSize)} bytes, but the tensors of its files have ${grouped(bytes)}.${reason}`,
    evidence: evidenceOf([
      `metadata.total_size ${index.totalSize}`,
      `sum of the tensors ${bytes}`,
      ...(from ?? []).map((name) => about('file', name)),
    ]),
    hint:
      from === null
        ? 'Nothing is loaded differently, but the index was not written with these files: compare it with the original.'
        : 'Nothing is loaded differently: these files were added without counting them in metadata.total_size.',
  };
};
