/** The registry of findings about the values of tensors. */
import type { Finding } from '../../../../common/contract.ts';
import type { Checkpoint } from '../../../checkpoint/openCheckpoint.ts';
import { otherFamilyOf } from '../../../loading/families/families.ts';
import { bySeverity } from '../../../loading/findings/findings.ts';
import { allZero } from './allZero.ts';
import { constantValues } from './constantValues.ts';
import { nonFiniteValues } from './nonFiniteValues.ts';
import { normsAtOne } from './normsAtOne.ts';
import { scalesOutOfRange } from './scalesOutOfRange.ts';
import { sharedCopiesDiffer } from './sharedCopiesDiffer.ts';
import { sharedCopiesIdentical } from './sharedCopiesIdentical.ts';
import { sharedCopiesNoDifference } from './sharedCopiesNoDifference.ts';
import type { ValuePicture } from './valuePicture.ts';
import { type ReadOptions, readValues } from './valueReader.ts';
import { valuesAbsent } from './valuesAbsent.ts';
import { valuesNotRead } from './valuesNotRead.ts';
import { valuesSampled } from './valuesSampled.ts';
import { zeroFiles } from './zeroFiles.ts';

/** Looks at what was read of the values; null = nothing to say. */
export type ValueFindingRule = (picture: ValuePicture) => Finding | readonly Finding[] | null;

const rules: readonly ValueFindingRule[] = [
  zeroFiles,
  nonFiniteValues,
  allZero,
  sharedCopiesDiffer,
  scalesOutOfRange,
  constantValues,
  normsAtOne,
  sharedCopiesIdentical,
  sharedCopiesNoDifference,
  valuesNotRead,
  valuesSampled,
];

export function findingsOfValues(picture: ValuePicture): readonly Finding[] {
  return bySeverity(rules.flatMap((rule) => rule(picture) ?? []));
}

/**
 * Reads values and judges them. Another family, and a checkpoint without files, have none that
 * could be judged.
 * @throws the reason of the signal, when it is aborted
 */
export async function valueFindings(checkpoint: Checkpoint, options: ReadOptions): Promise<readonly Finding[]> {
  if (checkpoint.files.length === 0 || otherFamilyOf(checkpoint.config, checkpoint.tensors) !== null) return [];
  if (checkpoint.headersOnly === true) return [valuesAbsent];
  return findingsOfValues(await readValues(checkpoint, options));
}
