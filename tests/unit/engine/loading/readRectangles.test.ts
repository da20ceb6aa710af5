/** Rectangles move the same elements as the copies they are made of. */
import { describe, expect, it } from 'vitest';
import { type Box, dtypeBytes } from '../../../../electron/common/domain.ts';
import type { LoadPlan } from '../../../../electron/engine/loading/loadPlan.ts';
import { copiesOf } from '../../../../electron/engine/loading/loadTrace.ts';
import { readRectanglesOf } from '../../../../electron/engine/loading/readRectangles.ts';
import { planCase, readCase } from './goldenCases.ts';

/** One case of each kind of copy: whole, cut by rows and by columns, fused, expert rows, spread, scalar, prefused. */
const names = [
  'bf16-2mtp-tp2-r1',
  'bf16-1mtp-tp4-r3',
  'bf16-1mtp-ep4-linear-r3',
  'dp2-noep-r1',
  'aiter-fse-shared2-tp2-r1',
  'fp8tensor-tp2-r1',
  'odd-mha-style-kv-scale',
  'odd-prefused-qkv-a',
  'odd-scalar-expert',
  'odd-stacked-3d-expert',
  'odd-wrong-shape-expert-broadcast',
  'odd-wrong-shape-down-long',
];

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function flatIndex(shape: readonly number[], at: readonly number[]): number {
  return at.reduce((index, position, dim) => index * (shape[dim] ?? 1) + position, 0);
}

/** Source element number per target element, by the rule of spreading, one element at a time. */
function copyElements(
  target: Int32Array,
  dstShape: readonly number[],
  dst: Box,
  srcShape: readonly number[],
  src: Box,
) {
  const visit = (at: readonly number[]): void => {
    const range = dst[at.length];
    if (range !== undefined) {
      for (let position = range[0]; position < range[1]; position++) visit([...at, position]);
      return;
    }
    const shift = dst.length - src.length;
    const from = src.map(([start, end], dim) => {
      const dstStart = dst[dim + shift]?.[0] ?? 0;
      return end - start === 1 ? start : start + (at[dim + shift] ?? 0) - dstStart;
    });
    target[flatIndex(dstShape, at)] = flatIndex(srcShape, from);
  };
  visit([]);
}

function expected(plan: LoadPlan, index: number): Map<number, Int32Array> {
  const written = new Map<number, Int32Array>();
  const shape = plan.input.tensors[index]?.shape ?? [];
  for (const { parameter, dst, src } of copiesOf(plan, index)) {
    const dstShape = plan.parameters[parameter]?.shape ?? [];
    const target = written.get(parameter) ?? new Int32Array(size(dstShape)).fill(-1);
    written.set(parameter, target);
    if (src !== undefined) copyElements(target, dstShape, dst, shape, src);
  }
  return written;
}

function actual(plan: LoadPlan, index: number): Map<number, Int32Array> {
  const written = new Map<number, Int32Array>();
  const tensor = plan.input.tensors[index];
  const bytes = dtypeBytes[tensor?.dtype ?? 'F32'];
  for (const rectangle of readRectanglesOf(plan, index)) {
    const { parameter, rows, cols, srcByteOffset, srcRowBytes, dstOffset, dstStride, broadcastCols } = rectangle;
    const numel = size(plan.parameters[parameter]?.shape ?? []);
    const target = written.get(parameter) ?? new Int32Array(numel).fill(-1);
    written.set(parameter, target);
    for (let row = 0; row < rows; row++)
      for (let col = 0; col < cols; col++)
        target[dstOffset + row * dstStride + col] =
          (srcByteOffset + row * srcRowBytes) / bytes + (broadcastCols ? 0 : col);
  }
  return written;
}

describe('read rectangles', () => {
  it.each(names)('move the elements of the copies: %s', (name) => {
    const golden = readCase(name);
    const plan = planCase(golden);
    for (const index of golden.tensors.keys()) {
      const copied = actual(plan, index);
      for (const [parameter, elements] of expected(plan, index)) {
        if (elements.every((element) => element === -1)) continue;
        expect(copied.get(parameter), golden.tensors[index]?.name).toEqual(elements);
      }
    }
  });

  it('are absent for tensors that are skipped or fail', () => {
    const golden = readCase('odd-wrong-shape-enorm');
    const plan = planCase(golden);
    for (const index of golden.tensors.keys())
      if (plan.columns.outcome[index] !== 0) expect(readRectanglesOf(plan, index)).toEqual([]);
  });
});
