/** The registry of findings about the files themselves; those about what a loader does with them are in loading/findings. */
import type { Finding } from '../../../common/contract.ts';
import type { Checkpoint } from '../../checkpoint/openCheckpoint.ts';
import { configDefaults } from './configDefaults.ts';
import { dtypeUnknown } from './dtypeUnknown.ts';
import { filesBeside } from './filesBeside.ts';
import { tensorsOutsideIndex } from './tensorsOutsideIndex.ts';
import { totalSizeDiffers } from './totalSizeDiffers.ts';
import { unlistedFile } from './unlistedFile.ts';

/** Looks at a checkpoint; null = nothing to say. */
export type CheckpointFindingRule = (checkpoint: Checkpoint) => Finding | null;

const rules: readonly CheckpointFindingRule[] = [
  configDefaults,
  dtypeUnknown,
  unlistedFile,
  filesBeside,
  tensorsOutsideIndex,
  totalSizeDiffers,
];

export function checkpointFindings(checkpoint: Checkpoint): readonly Finding[] {
  return rules.flatMap((rule) => rule(checkpoint) ?? []);
}
