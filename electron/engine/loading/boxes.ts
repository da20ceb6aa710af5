/** Boxes of tensors: half-open ranges per dimension, and what a copy between two of them would raise. */
import type { Box, RaisedError } from '../../common/domain.ts';

export function wholeBox(shape: readonly number[]): [number, number][] {
  return shape.map((size) => [0, size]);
}

export function boxShape(box: Box): number[] {
  return box.map(([start, end]) => end - start);
}

/**
 * The box with `length` entries of one dimension, from `start` on (relative to the box), or what the tensor library
 * raises: a cut that begins past the end is another type of error than one that ends there.
 */
export function narrowed(box: Box, dim: number, start: number, length: number): Box | RaisedError {
  if (box.length === 0) return { type: 'RuntimeError', message: 'It has no dimensions, so it cannot be cut.' };
  const range = box[dim];
  if (range === undefined)
    return { type: 'IndexError', message: `It has ${box.length} dimensions, so dimension ${dim} cannot be cut.` };
  const size = range[1] - range[0];
  if (start > size)
    return {
      type: 'IndexError',
      message: `Entries from ${start} of dimension ${dim} are wanted, but it has only ${size}.`,
    };
  if (start + length > size)
    return {
      type: 'RuntimeError',
      message: `Entries ${start} to ${start + length} of dimension ${dim} are wanted, but it has only ${size}.`,
    };
  return box.map((own, index) => (index === dim ? [own[0] + start, own[0] + start + length] : own));
}

export function isRaised(value: object): value is RaisedError {
  return 'type' in value;
}

/** Whether a copy spreads the source over the target, as the tensor library does it: aligned at the last dimension. */
export function broadcasts(source: readonly number[], target: readonly number[]): boolean {
  if (source.length > target.length) return false;
  const offset = target.length - source.length;
  return source.every((size, dim) => size === 1 || size === target[offset + dim]);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, dim) => size === b[dim]);
}

export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
