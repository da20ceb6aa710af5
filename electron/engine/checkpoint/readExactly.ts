/** Bytes of an open file, all of them or a failure that names the file. */
import type { FileHandle } from 'node:fs/promises';
import { FailureError } from '../../common/failure.ts';

/** What is read, for the sentence of a failure. */
export interface ReadSource {
  readonly path: string;
  /** The file's name as it is shown. */
  readonly shown: string;
}

/**
 * @param position first byte, from the start of the file
 * @param length bytes
 * @throws FailureError readFailed (the disk), shardTruncated (the file ended)
 */
export async function readExactly(
  handle: Pick<FileHandle, 'read'>,
  position: number,
  length: number,
  { path, shown }: ReadSource,
): Promise<Uint8Array> {
  const buffer = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle
      .read(buffer, done, length - done, position + done)
      .catch((cause: NodeJS.ErrnoException) => {
        const what = `${shown} could not be read at byte ${position + done} (${cause.code ?? 'unknown error'}).`;
        throw new FailureError('readFailed', what, { path, cause });
      });
    if (bytesRead === 0) throw new FailureError('shardTruncated', `${shown} ended while it was read.`, { path });
    done += bytesRead;
  }
  return buffer;
}
