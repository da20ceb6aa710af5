/** Copies as flat rectangles of two dimensions, the form in which bytes are read. */
import { type Box, dtypeBytes } from '../../common/domain.ts';
import type { LoadPlan } from './loadPlan.ts';
import { copiesOf } from './loadTrace.ts';
import { product } from './parameterSpec.ts';

export interface ReadRectangle {
  /** Index into LoadPlan.parameters. */
  readonly parameter: number;
  readonly rows: number;
  readonly cols: number;
  /** Bytes from the start of the tensor's data. */
  readonly srcByteOffset: number;
  /** Bytes from one source row to the next; 0 = every row is read from the same place. */
  readonly srcRowBytes: number;
  /** Elements of the parameter. */
  readonly dstOffset: number;
  readonly dstStride: number;
  /** One source element is spread over all columns of its row. */
  readonly broadcastCols: boolean;
}

/** What has to be read for one tensor. Fills with 0 are left out: parameter memory starts as zeros. */
export function readRectanglesOf(plan: LoadPlan, index: number): readonly ReadRectangle[] {
  const tensor = plan.input.tensors[index];
  if (tensor === undefined) return [];
  return copiesOf(plan, index).flatMap(({ parameter, dst, src }) => {
    const shape = plan.parameters[parameter]?.shape;
    if (shape === undefined || src === undefined) return [];
    return rectanglesOf(parameter, shape, dst, tensor.shape, src, dtypeBytes[tensor.dtype]);
  });
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, dim) => product(shape.slice(dim + 1)));
}

function rectanglesOf(
  parameter: number,
  dstShape: readonly number[],
  dst: Box,
  srcShape: readonly number[],
  src: Box,
  elementBytes: number,
): ReadRectangle[] {
  const sizes = dst.map(([start, end]) => end - start);
  if (sizes.includes(0)) return [];
  const dstStrides = stridesOf(dstShape);
  const srcStrides = stridesOf(srcShape);
  // Source dimensions are aligned with the last ones of the target; missing and single ones are repeated.
  const shift = dst.length - src.length;
  const srcStep = sizes.map((_, dim) => {
    const range = src[dim - shift];
    return range === undefined || range[1] - range[0] === 1 ? 0 : (srcStrides[dim - shift] ?? 0);
  });
  const srcStart = src.reduce((sum, [start], dim) => sum + start * (srcStrides[dim] ?? 0), 0);
  const dstStart = dst.reduce((sum, [start], dim) => sum + start * (dstStrides[dim] ?? 0), 0);
  const colDim = dst.length - 1;
  const rowDim = dst.length - 2;
  const rows = sizes[rowDim] ?? 1;
  const cols = sizes[colDim] ?? 1;
  const rectangles: ReadRectangle[] = [];
  const visit = (dim: number, srcOffset: number, dstOffset: number): void => {
    if (dim < rowDim) {
      for (let at = 0; at < (sizes[dim] ?? 1); at++)
        visit(dim + 1, srcOffset + at * (srcStep[dim] ?? 0), dstOffset + at * (dstStrides[dim] ?? 0));
      return;
    }
    rectangles.push({
      parameter,
      rows,
      cols,
      srcByteOffset: srcOffset * elementBytes,
      srcRowBytes: (srcStep[rowDim] ?? 0) * elementBytes,
      dstOffset,
      dstStride: dstStrides[rowDim] ?? cols,
      broadcastCols: cols > 1 && srcStep[colDim] === 0,
    });
  };
  visit(0, srcStart, dstStart);
  return rectangles;
}
