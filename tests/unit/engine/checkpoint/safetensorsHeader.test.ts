import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../electron/common/failure.ts';
import { readSafetensorsHeader } from '../../../../electron/engine/checkpoint/safetensorsHeader.ts';
import { headerOf, makeFolder, safetensorsBytes } from '../../../support/checkpointFolder.ts';

async function failureOf(data: Buffer): Promise<{ code: string; message: string }> {
  const path = join(makeFolder(), 'x.safetensors');
  writeFileSync(path, data);
  try {
    await readSafetensorsHeader(path, 'x.safetensors');
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  return { code: 'none', message: '' };
}

const tensor = (begin: number, end: number, shape: unknown = [2], dtype: unknown = 'BF16') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('readSafetensorsHeader', () => {
  it('gives the tensors in the order of their data, with ranges from the start of the file', async () => {
    const path = join(makeFolder(), 'x.safetensors');
    const header = { b: tensor(4, 8), a: tensor(0, 4), __metadata__: { format: 'pt' } };
    writeFileSync(path, safetensorsBytes(header, 8));
    const start = 8 + JSON.stringify(header).length;
    const read = await readSafetensorsHeader(path, 'x');
    expect(read.tensors).toEqual([
      { name: 'a', dtype: 'BF16', shape: [2], file: -1, begin: start, end: start + 4 },
      { name: 'b', dtype: 'BF16', shape: [2], file: -1, begin: start + 4, end: start + 8 },
    ]);
    expect(read.promisedBytes).toBe(read.bytes);
  });

  it.each(['F4', 'Q9', 'toString', 'UNKNOWN'])(
    'takes the size of a tensor of dtype %s from its offsets',
    async (dtype) => {
      const path = join(makeFolder(), 'x.safetensors');
      writeFileSync(path, safetensorsBytes({ a: tensor(0, 3, [2, 3], dtype), b: tensor(3, 7) }, 7));
      const { tensors } = await readSafetensorsHeader(path, 'x');
      const [a, b] = tensors;
      expect(a).toMatchObject({ name: 'a', dtype: 'UNKNOWN', dtypeName: dtype, shape: [2, 3] });
      expect(b).toMatchObject({ name: 'b', dtype: 'BF16', begin: a?.end });
      expect((a?.end ?? 0) - (a?.begin ?? 0)).toBe(3);
    },
  );

  it('accepts scalars and empty tensors', async () => {
    const { header, dataBytes } = headerOf([
      { name: 's', dtype: 'F32', shape: [] },
      { name: 'e', shape: [0, 4] },
    ]);
    expect(await failureOf(safetensorsBytes(header, dataBytes))).toMatchObject({ code: 'none' });
  });

  const cases: [string, Buffer, string, RegExp][] = [
    ['an empty file', Buffer.alloc(0), 'shardTruncated', /has 0 bytes/],
    [
      'a file shorter than its header',
      safetensorsBytes({ a: tensor(0, 4) }, 4).subarray(0, 20),
      'shardTruncated',
      /header alone needs/,
    ],
    ['an absurd header length', Buffer.alloc(64, 0xff), 'headerInvalid', /does not begin with a safetensors header/],
    [
      'a header that is not UTF-8',
      Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0xc3, 0x28])]),
      'headerInvalid',
      /UTF-8/,
    ],
    ['a header that is not JSON', safetensorsBytes('{"a":', 0), 'headerInvalid', /not JSON/],
    ['a header that is a list', safetensorsBytes([], 0), 'headerInvalid', /not a JSON object/],
    ['an entry that is no object', safetensorsBytes({ a: null }, 0), 'headerInvalid', /"a" that is not an object/],
    [
      'a dtype that is no text',
      safetensorsBytes({ a: tensor(0, 4, [2], 7) }, 4),
      'headerInvalid',
      /"a" a dtype that is no/,
    ],
    [
      'an endless dtype',
      safetensorsBytes({ a: tensor(0, 4, [2], 'x'.repeat(65)) }, 4),
      'headerInvalid',
      /dtype that is no name/,
    ],
    [
      'an unknown dtype and offsets that run backwards',
      safetensorsBytes({ a: tensor(4, 0, [2], 'F4') }, 4),
      'headerInvalid',
      /bad data_offsets/,
    ],
    ['a negative size', safetensorsBytes({ a: tensor(0, 4, [-2]) }, 4), 'headerInvalid', /bad shape/],
    [
      'sizes whose product overflows',
      safetensorsBytes({ a: tensor(0, 4, [2 ** 40, 2 ** 40]) }, 4),
      'headerInvalid',
      /needs/,
    ],
    [
      'offsets that are no pair',
      safetensorsBytes({ a: { dtype: 'BF16', shape: [2], data_offsets: [0] } }, 4),
      'headerInvalid',
      /bad data_offsets/,
    ],
    [
      'bytes that do not fit the shape',
      safetensorsBytes({ a: tensor(0, 6) }, 6),
      'headerInvalid',
      /6 bytes, but BF16 \[2\] needs 4/,
    ],
    [
      'overlapping tensors',
      safetensorsBytes({ a: tensor(0, 4), b: tensor(2, 6) }, 6),
      'headerInvalid',
      /overlap before "b"/,
    ],
    [
      'a hole between tensors',
      safetensorsBytes({ a: tensor(0, 4), b: tensor(6, 10) }, 10),
      'headerInvalid',
      /hole before "b"/,
    ],
    [
      'bytes after the last tensor',
      safetensorsBytes({ a: tensor(0, 4) }, 9),
      'headerInvalid',
      /5 bytes after the last tensor/,
    ],
  ];
  it.each(cases)('refuses %s', async (_what, data, code, message) => {
    const failure = await failureOf(data);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });

  it('reports a cut-off data part instead of refusing the header', async () => {
    const path = join(makeFolder(), 'x.safetensors');
    const whole = safetensorsBytes({ a: tensor(0, 4) }, 4);
    writeFileSync(path, whole.subarray(0, whole.length - 1));
    const read = await readSafetensorsHeader(path, 'x');
    expect(read.promisedBytes - read.bytes).toBe(1);
  });

  it('follows symlinks, and does not wait on a named pipe or read a folder', async () => {
    const folder = makeFolder();
    writeFileSync(join(folder, 'blob'), safetensorsBytes({ a: tensor(0, 4) }, 4));
    symlinkSync('blob', join(folder, 'x.safetensors'));
    expect((await readSafetensorsHeader(join(folder, 'x.safetensors'), 'x')).tensors).toHaveLength(1);
    execFileSync('mkfifo', [join(folder, 'pipe.safetensors')]);
    await expect(readSafetensorsHeader(join(folder, 'pipe.safetensors'), 'pipe')).rejects.toThrow(/not a regular file/);
    mkdirSync(join(folder, 'folder.safetensors'));
    await expect(readSafetensorsHeader(join(folder, 'folder.safetensors'), 'folder')).rejects.toThrow(
      /not a regular file/,
    );
    await expect(readSafetensorsHeader(join(folder, 'gone'), 'gone')).rejects.toThrow(/gone is not there/);
  });
});
