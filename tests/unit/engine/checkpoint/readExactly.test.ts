/** A disk that gives way is a failure of the disk with the file's name, not a fault of the program. */
import type { FileHandle } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readExactly } from '../../../../electron/engine/checkpoint/readExactly.ts';

const source = { path: '/folder/a.safetensors', shown: 'a.safetensors' };

/** A file whose reads give at most three bytes, each its own offset, and what `atByte` gives there. */
function handleOf(bytes: number, atByte: (position: number) => void = () => undefined): Pick<FileHandle, 'read'> {
  const read = async (buffer: Uint8Array, offset: number, length: number, position: number) => {
    atByte(position);
    const bytesRead = Math.max(0, Math.min(length, 3, bytes - position));
    for (let i = 0; i < bytesRead; i++) buffer[offset + i] = position + i;
    return { bytesRead, buffer };
  };
  return { read: read as FileHandle['read'] };
}

describe('readExactly', () => {
  it('goes on after short reads', async () => {
    expect([...(await readExactly(handleOf(20), 4, 8, source))]).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('names file, byte and error when the disk fails', async () => {
    const handle = handleOf(20, (position) => {
      if (position > 6) throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    });
    await expect(readExactly(handle, 4, 8, source)).rejects.toMatchObject({
      failure: {
        code: 'readFailed',
        message: 'a.safetensors could not be read at byte 7 (EIO).',
        path: source.path,
      },
    });
  });

  it('says when the file ended', async () => {
    await expect(readExactly(handleOf(9), 4, 8, source)).rejects.toMatchObject({
      failure: { code: 'shardTruncated', message: 'a.safetensors ended while it was read.' },
    });
  });
});
