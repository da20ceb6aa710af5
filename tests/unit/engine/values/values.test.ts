/** Decoding of every dtype, statistics, samples, and a look at a tensor of a real folder. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Dtype } from '../../../../electron/common/domain.ts';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { inspectTensor } from '../../../../electron/engine/session/tensorInspection.ts';
import { decodeValues } from '../../../../electron/engine/values/decodeValues.ts';
import { sampleRanges } from '../../../../electron/engine/values/sampling.ts';
import { statisticsOf } from '../../../../electron/engine/values/statistics.ts';
import { writeCheckpoint } from '../../../support/checkpointFolder.ts';

describe('decodeValues', () => {
  it.each<[Dtype, readonly number[], readonly number[]]>([
    // 0x7f is the only NaN of e4m3 (and 0xff); 0x7e is its largest value.
    ['F8_E4M3', [0x00, 0x38, 0xb8, 0x7e, 0x7f, 0xff, 0x01], [0, 1, -1, 448, Number.NaN, Number.NaN, 2 ** -9]],
    ['F8_E5M2', [0x3c, 0x7c, 0xfc, 0x7d, 0x01], [1, Infinity, -Infinity, Number.NaN, 2 ** -16]],
    ['BF16', [0x80, 0x3f, 0x80, 0xff, 0xc0, 0x7f], [1, -Infinity, Number.NaN]],
    ['F16', [0x00, 0x3c, 0x00, 0x7c, 0x01, 0x00, 0x00, 0xc0], [1, Infinity, 2 ** -24, -2]],
    ['F32', [0, 0, 0x80, 0x3f], [1]],
    ['I8', [0xff, 0x7f], [-1, 127]],
    ['U16', [0x01, 0x02], [513]],
    ['I64', [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [-2]],
  ])('reads %s', (dtype, bytes, values) => {
    expect([...decodeValues(dtype, Uint8Array.from(bytes))]).toEqual(values);
  });
});

describe('statisticsOf', () => {
  it('counts what is no number apart and bins the rest', () => {
    const stats = statisticsOf(Float64Array.from([Number.NaN, Infinity, -Infinity, 0, -2, 2, 1, 0.5]));
    expect(stats.counts).toEqual({ nan: 1, infinite: 2, zero: 1, negative: 2 });
    expect(stats.range).toMatchObject({ min: -2, max: 2, mean: 0.3 });
    expect(stats.range?.deviation).toBeCloseTo(Math.sqrt(9.25 / 5 - 0.09), 12);
    expect(stats.histogram?.counts.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect([stats.histogram?.counts[0], stats.histogram?.counts[63]]).toEqual([1, 1]);
    expect(stats.exponents).toEqual({ first: -1, counts: Float64Array.from([1, 1, 2]) });
  });

  it('has no range without finite values, and one bin for a constant', () => {
    expect(statisticsOf(Float64Array.from([Number.NaN])).range).toBeNull();
    expect(statisticsOf(new Float64Array(0)).histogram).toBeNull();
    expect(statisticsOf(Float64Array.from([3, 3])).histogram?.counts).toEqual(Float64Array.from([2]));
  });
});

describe('sampleRanges', () => {
  it('takes small tensors whole', () => {
    expect(sampleRanges(100, 'F32', 100)).toEqual([{ begin: 0, end: 100 }]);
    expect(sampleRanges(0, 'F32', 100)).toEqual([]);
  });

  it('spreads whole elements from the beginning to the end, within the limit and without overlaps', () => {
    for (const total of [1_048_580, 1_100_000, 5_000_004, 4_000_000_000]) {
      const ranges = sampleRanges(total, 'F32', 2 ** 20);
      expect([ranges[0]?.begin, ranges.at(-1)?.end]).toEqual([0, total]);
      let last = 0;
      for (const { begin, end } of ranges) {
        expect(begin % 4).toBe(0);
        expect(begin).toBeGreaterThanOrEqual(last);
        last = end;
      }
      expect(ranges.reduce((sum, { begin, end }) => sum + end - begin, 0)).toBeLessThanOrEqual(2 ** 20);
    }
  });
});

describe('inspectTensor', () => {
  // The fixture's data bytes are all 1.
  const weight = { name: 'model.layers.0.w.weight', dtype: 'F8_E4M3', shape: [200, 130] } as const;
  const scale = { name: `${weight.name}_scale_inv`, dtype: 'F32', shape: [2, 2] } as const;
  const large = { name: 'model.large', dtype: 'F8_E4M3', shape: [2000, 1000] } as const;

  it('reads values, and the scales of the blocks', async () => {
    const checkpoint = await openCheckpoint(writeCheckpoint({ 'a.safetensors': [weight, scale] }));
    const seen = await inspectTensor(checkpoint, 0, 3);
    expect(seen).toMatchObject({ numel: 26_000, valuesRead: 26_000, sampled: false });
    expect([...seen.first]).toEqual([2 ** -9, 2 ** -9, 2 ** -9]);
    expect(seen.scaleGrid).toMatchObject({ tensor: 1, rows: 2, cols: 2, block: [128, 128] });
    expect(seen.scaleGrid?.values).toHaveLength(4);
    expect((await inspectTensor(checkpoint, 1, 0)).scaleGrid?.name).toBe(scale.name);
  });

  it('reads no more than 1 MiB and says so', async () => {
    const checkpoint = await openCheckpoint(writeCheckpoint({ 'a.safetensors': [large] }));
    const seen = await inspectTensor(checkpoint, 0, 1);
    expect(seen.sampled).toBe(true);
    expect(seen.bytesRead).toBeLessThanOrEqual(2 ** 20);
    expect(seen.scaleGrid).toBeNull();
  });

  it('refuses a file that changed, and a tensor that is not there', async () => {
    const folder = writeCheckpoint({ 'a.safetensors': [weight] });
    const checkpoint = await openCheckpoint(folder);
    await expect(inspectTensor(checkpoint, 7, 1)).rejects.toMatchObject({ failure: { code: 'badRequest' } });
    appendFileSync(join(folder, 'a.safetensors'), 'x');
    await expect(inspectTensor(checkpoint, 0, 1)).rejects.toMatchObject({ failure: { code: 'fileChanged' } });
  });
});
