import { truncateSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NativeReadItem, NativeSourceFile } from '../../electron/engine/kernels/kernels.ts';
import { expectRejection, expectThrow, readItem, sourceFile, untyped, writeSafetensors } from './nativeSupport.ts';
import { parameter, storeFixture } from './storeFixture.ts';

const fixture = storeFixture();
const { storeOf } = fixture;

function powersOfTwo(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, index) => 2 ** index);
}

/** The top halves of float32 values: bfloat16 where the values fit. */
function bf16(values: readonly number[]): Uint16Array {
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Uint16Array.from(bits, (word) => word >>> 16);
}

/** Counts by the exponent bits of float32. */
function exponentsOf(values: readonly number[]): Float64Array {
  const counts = new Float64Array(256);
  for (const value of values) {
    const at = 127 + Math.floor(Math.log2(Math.abs(value)));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

describe('loading', () => {
  it('fills a parameter and counts what is in it', async () => {
    const values = Float32Array.from([1, -2, 0, 3.5, Number.NaN, Number.POSITIVE_INFINITY, -0, -7]);
    const path = fixture.folder.file('plain.safetensors');
    const offsets = writeSafetensors(path, [
      { name: 'before', dtype: 'F32', shape: [3], data: powersOfTwo(3) },
      { name: 'values', dtype: 'F32', shape: [2, 4], data: values },
    ]);
    const store = storeOf(parameter('F32', 2, 4), parameter('F32', 5));
    expect(store.bytes).toBe((8 + 5) * 4);
    const item = readItem({ fileOffset: offsets.get('values'), rows: 2, cols: 4 });
    const loaded = await store.load([sourceFile(path)], [item], { threads: 2 });

    expect(loaded.bytes).toBe(values.byteLength);
    expect(loaded.micros).toBeGreaterThan(0);
    expect(store.progress()).toEqual({ bytesRead: 32, bytesTotal: 32, itemsDone: 1, itemsTotal: 1 });
    expect([...store.itemsDone()]).toEqual([1]);
    const finite = [1, -2, 0, 3.5, -0, -7];
    expect(await store.statistics(0)).toEqual({
      count: 8,
      nanCount: 1,
      infCount: 1,
      zeroCount: 2,
      min: -7,
      max: 3.5,
      mean: finite.reduce((sum, value) => sum + value, 0) / finite.length,
      meanSquare: finite.reduce((sum, value) => sum + value * value, 0) / finite.length,
      exponents: exponentsOf([1, -2, 3.5, -7]),
    });
    // A parameter that nothing was read into holds zeros.
    expect(await store.statistics(1)).toMatchObject({ count: 5, zeroCount: 5, min: 0, max: 0 });
  });

  it('cuts a rectangle out of a matrix and widens it', async () => {
    // Every element is another power of two, so a sum tells which elements were taken.
    const rows = 4;
    const cols = 6;
    const values = [...powersOfTwo(rows * cols)];
    const path = fixture.folder.file('strided.safetensors');
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: 'BF16', shape: [rows, cols], data: bf16(values) }]);
    const start = offsets.get('w') ?? 0;
    const rectangle = { srcDtype: 'BF16', srcRowBytes: cols * 2, rows: 3, cols: 2, dstStride: 5 } as const;
    const taken = (firstRow: number, firstCol: number) => ({
      fileOffset: start + (firstRow * cols + firstCol) * 2,
      sum: [0, 1, 2].flatMap((row) => [0, 1].map((col) => values[(firstRow + row) * cols + firstCol + col] ?? 0)),
    });
    const left = taken(1, 3);
    const right = taken(0, 0);

    const store = storeOf(parameter('F32', 4, 5));
    const items = [
      readItem({ ...rectangle, fileOffset: left.fileOffset, dstOffset: 5 }),
      readItem({ ...rectangle, fileOffset: right.fileOffset, dstOffset: 7 }),
    ];
    await store.load([sourceFile(path)], items, { threads: 2 });
    // Side by side: 12 elements are taken, the other 8 stay zero, and none was overwritten.
    const statistics = await store.statistics(0);
    const all = [...left.sum, ...right.sum];
    expect(statistics).toMatchObject({ count: 20, zeroCount: 8, min: 0, max: Math.max(...all) });
    expect(statistics.mean * 20).toBe(all.reduce((sum, value) => sum + value, 0));
  });

  it.each([
    ['F16', 'F32', new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff]), [1, -2, 2 ** -24, 65504]],
    ['F8_E4M3', 'BF16', new Uint8Array([0x38, 0xc0, 0x01, 0x7e]), [1, -2, 2 ** -9, 448]],
    // 1 + 2^-8 lies halfway between two bfloat16 values and goes to the even one.
    ['F32', 'BF16', new Float32Array([1 + 2 ** -8, -2, 0.5, 448]), [1, -2, 0.5, 448]],
    ['BF16', 'F16', bf16([1, -2, 0.5, 448]), [1, -2, 0.5, 448]],
  ] as const)('converts %s to %s', async (srcDtype, dtype, data, expected) => {
    const path = fixture.folder.file(`${srcDtype}-${dtype}.safetensors`);
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: srcDtype, shape: [4], data }]);
    const store = storeOf(parameter(dtype, 4));
    await store.load([sourceFile(path)], [readItem({ srcDtype, fileOffset: offsets.get('w'), rows: 1, cols: 4 })], {
      threads: 1,
    });
    const statistics = await store.statistics(0);
    expect(statistics.min).toBe(Math.min(...expected));
    expect(statistics.max).toBe(Math.max(...expected));
    expect(statistics.mean * 4).toBe(expected.reduce((sum, value) => sum + value, 0));
  });

  it('repeats one element over a row, and one row over a matrix', async () => {
    const path = fixture.folder.file('broadcast.safetensors');
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [2], data: Float32Array.of(3, 5) }]);
    const store = storeOf(parameter('F32', 2, 4), parameter('F32', 3, 2));
    const items = [
      readItem({ fileOffset: offsets.get('w'), rows: 2, cols: 4, srcRowBytes: 4, broadcastCols: true }),
      readItem({ fileOffset: offsets.get('w'), rows: 3, cols: 2, srcRowBytes: 0, parameter: 1 }),
    ];
    await store.load([sourceFile(path)], items, { threads: 2 });
    expect(await store.statistics(0)).toMatchObject({ min: 3, max: 5, mean: 4, zeroCount: 0 });
    expect(await store.statistics(1)).toMatchObject({ min: 3, max: 5, mean: 4, zeroCount: 0 });
  });

  it('says which parameter a bad file left unread', async () => {
    const path = fixture.folder.file('short.safetensors');
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [4], data: powersOfTwo(4) }]);
    const item = readItem({ fileOffset: offsets.get('w'), rows: 1, cols: 4 });
    const store = storeOf(parameter('F32', 4));

    const whole = sourceFile(path);
    utimesSync(path, 1, 1);
    await expectRejection(
      store.load([whole], [item], { threads: 1 }),
      'ioError',
      /short\.safetensors changed since it was opened/,
    );
    truncateSync(path, whole.expectedBytes - 4);
    const sameTime = { ...whole, expectedMtimeNs: '0' };
    await expectRejection(store.load([sameTime], [item], { threads: 1 }), 'ioError', /changed since it was opened/);
    // The size is as expected, but less than the header promises.
    await expectRejection(
      store.load([sourceFile(path)], [item], { threads: 1 }),
      'shortRead',
      /parameter F32 4.*short\.safetensors/,
    );
    expect([...store.itemsDone()]).toEqual([0]);
    const gone = { ...whole, path: fixture.folder.file('gone.safetensors') };
    await expectRejection(store.load([gone], [item], { threads: 1 }), 'ioError', /gone\.safetensors/);
  });
});

describe('a load as it is told', () => {
  it('has every read with file, thread and bytes, and the parameters filled', async () => {
    const path = fixture.folder.file('told.safetensors');
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [8], data: powersOfTwo(8) }]);
    const store = storeOf(parameter('F32', 8), parameter('BF16', 4));
    expect([...store.parameterBytes()]).toEqual([0, 0]);
    expect(store.takeReads().file).toHaveLength(0);
    const items = [
      readItem({ fileOffset: offsets.get('w'), rows: 1, cols: 8 }),
      readItem({ fileOffset: offsets.get('w'), rows: 1, cols: 4, parameter: 1 }),
    ];
    const loaded = await store.load([sourceFile(path)], items, { threads: 1, statistics: true });
    const reads = store.takeReads();
    expect([...reads.file]).toEqual([0, 0]);
    expect([...reads.thread]).toEqual([0, 0]);
    expect([...reads.bytes].sort((a, b) => a - b)).toEqual([16, 32]);
    reads.endMicros.forEach((end, at) => {
      expect(end).toBeGreaterThanOrEqual(reads.beginMicros[at] as number);
      expect(end).toBeLessThanOrEqual(loaded.micros);
    });
    expect(store.takeReads().file).toHaveLength(0);
    expect([...store.parameterBytes()]).toEqual([32, 8]);
    // Counted while reading, before the conversion to bfloat16.
    expect(await store.statistics(1)).toMatchObject({ count: 4, min: 1, max: 8, mean: 15 / 4 });
  });

  it('is held and goes on', async () => {
    const path = fixture.folder.file('held.safetensors');
    const offsets = writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [8], data: powersOfTwo(8) }]);
    const store = storeOf(parameter('F32', 8));
    const load = store.load([sourceFile(path)], [readItem({ fileOffset: offsets.get('w'), rows: 1, cols: 8 })], {
      threads: 2,
    });
    store.pause();
    store.resume();
    store.pause();
    // The load's own thread may have been quicker than the hold; either way nothing is lost.
    store.resume();
    expect(await load).toMatchObject({ bytes: 32 });
    store.pause();
    store.resume();
  });
});

describe('arguments', () => {
  const file: NativeSourceFile = { path: 'x', expectedBytes: 1, expectedMtimeNs: '0' };

  it.each<[string, RegExp, unknown, unknown, unknown]>([
    ['files that are no array', /^files must be an array\.$/, 7, [], 1],
    ['items that are no array', /^items must be an array\.$/, [file], { length: 1 }, 1],
    ['no threads', /^options\.threads must be an integer from 1/, [file], [], 0],
    ['a file without a path', /^files\[0\]\.path must be a string\.$/, [{ ...file, path: undefined }], [], 1],
    ['a path with a zero byte', /^files\[0\]\.path must not/, [{ ...file, path: 'a\0b' }], [], 1],
    ['a fractional time', /^files\[0\]\.expectedMtimeNs/, [{ ...file, expectedMtimeNs: '1.5' }], [], 1],
    ['an empty item', /^items\[0\] must be an object\.$/, [file], [null], 1],
  ])('refuses %s', async (_, words, files, items, threads) => {
    const store = storeOf(parameter('F32', 2, 3));
    const load = store.load(untyped(files), untyped(items), untyped({ threads }));
    await expectRejection(load, 'invalidArgument', words);
  });

  it.each<[Partial<Record<keyof NativeReadItem, unknown>>, RegExp]>([
    [{ file: 1 }, /^items\[1\]\.file must be an integer from 0 to 0\.$/],
    [{ parameter: -1 }, /^items\[1\]\.parameter must be an integer from 0 to 0\.$/],
    [{ fileOffset: 0.5 }, /^items\[1\]\.fileOffset must be/],
    [{ rows: 2 ** 53 }, /^items\[1\]\.rows must be/],
    [{ rows: 2 ** 52, cols: 2 }, /^items\[1\]\.rows times cols/],
    [{ cols: '3' }, /^items\[1\]\.cols must be/],
    [{ srcDtype: 'F64' }, /^items\[1\]\.srcDtype must be one of F32, F16, BF16, F8_E4M3, I32, I64, U8\.$/],
    [{ broadcastCols: 1 }, /^items\[1\]\.broadcastCols must be true or false\.$/],
    [{ cols: 4, dstStride: 4 }, /does not fit parameter F32 2x3/],
    [{ dstStride: 2 }, /does not fit parameter F32 2x3/],
    [{ dstOffset: 1 }, /does not fit parameter F32 2x3/],
  ])('refuses an item with %o', async (changes, words) => {
    const store = storeOf(parameter('F32', 2, 3));
    const good = readItem({ rows: 2, cols: 3 });
    const load = store.load([file], [good, untyped({ ...good, ...changes })], { threads: 1 });
    await expectRejection(load, 'invalidArgument', words);
  });

  it.each<[unknown, RegExp]>([
    ['none', /^parameters must be an array\.$/],
    [[{ name: 'w', dtype: 'F32' }], /^parameters\[0\]\.shape must be an array\.$/],
    [[{ name: 'w', dtype: 'F32', shape: [2, -1] }], /^parameters\[0\]\.shape must be an integer/],
    [[{ name: 'w', dtype: 'F32', shape: [2 ** 40, 2 ** 40] }], /^parameters\[0\]\.shape has more elements/],
    [[{ name: 'w', dtype: 'Q4', shape: [1] }], /^parameters\[0\]\.dtype must be one of/],
    [[parameter('F32', 1), parameter('F32', 1)], /there twice/],
  ])('refuses parameters %o', (parameters, words) => {
    expectThrow(() => fixture.device.createStore(untyped(parameters)), 'invalidArgument', words);
  });

  it('takes over an error thrown by a getter', () => {
    const trap = {
      get name(): string {
        throw new Error('sprung');
      },
    };
    expectThrow(() => fixture.device.createStore(untyped([trap])), 'invalidArgument', /sprung/);
  });

  it('says that there is not enough memory', () => {
    expectThrow(() => storeOf(parameter('U8', 2 ** 52)), 'outOfMemory', /parameter U8 4503599627370496/);
  });

  it('refuses statistics of a parameter that is not there', async () => {
    const store = storeOf(parameter('F32', 1), parameter('I32', 1));
    await expectRejection(store.statistics(2), 'invalidArgument', /^parameter must be an integer from 0 to 1\.$/);
    await expectRejection(store.statistics(1), 'unsupported', /float/);
  });
});
