/** Bytes of single tensors on demand: read in ranges, from the file that was opened and no other. */
import { open } from 'node:fs/promises';
import type { Tensor } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { requireWeights } from './headersFile.ts';
import type { Checkpoint } from './openCheckpoint.ts';
import { readExactly } from './readExactly.ts';

/** Half-open byte range within a tensor's data. */
export interface ByteRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * @param ranges within the tensor, in bytes from its first
 * @returns one array a range
 * @throws FailureError headersOnly, fileChanged, shardMissing, shardTruncated, readFailed, tensorMissing
 */
export async function readTensorRanges(
  checkpoint: Pick<Checkpoint, 'files' | 'headersOnly'>,
  tensor: Tensor,
  ranges: readonly ByteRange[],
): Promise<Uint8Array[]> {
  requireWeights(checkpoint);
  const file = checkpoint.files[tensor.file];
  if (file === undefined)
    throw new FailureError('tensorMissing', `Only the index names ${tensor.name}; there is no file to read it from.`);
  const handle = await open(file.path, 'r').catch((cause: NodeJS.ErrnoException) => {
    const code = cause.code === 'ENOENT' ? 'shardMissing' : 'readFailed';
    throw new FailureError(code, `${file.name} could not be opened (${cause.code ?? 'unknown error'}).`, {
      path: file.path,
      cause,
    });
  });
  try {
    const info = await handle.stat({ bigint: true });
    if (Number(info.size) !== file.bytes || String(info.mtimeNs) !== file.mtimeNs)
      throw new FailureError('fileChanged', `${file.name} has changed since the checkpoint was opened.`, {
        path: file.path,
      });
    const parts: Uint8Array[] = [];
    for (const { begin, end } of ranges) {
      if (begin < 0 || end < begin || tensor.begin + end > tensor.end)
        throw new FailureError('internal', `Bytes ${begin} to ${end} are not in ${tensor.name}.`);
      parts.push(await readExactly(handle, tensor.begin + begin, end - begin, { path: file.path, shown: file.name }));
    }
    return parts;
  } finally {
    await handle.close();
  }
}
