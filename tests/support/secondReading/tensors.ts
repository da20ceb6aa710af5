/**
 * A second, independent reading of the loader's specification: slow, simple, by name and shape. This file: what the
 * tensor library does with shapes. Boxes are ranges of the original tensor, one per dimension.
 */

export class Raised extends Error {
  readonly type: string;
  constructor(type: string) {
    super(type);
    this.type = type;
  }
}

export function check(condition: boolean, type = 'AssertionError'): void {
  if (!condition) throw new Raised(type);
}

export type Range = [number, number];

/** A view of a tensor: the ranges it covers, and the shape it has (a view may gain or lose dimensions). */
export interface View {
  readonly box: Range[];
  readonly shape: number[];
}

export const whole = (shape: readonly number[]): View => ({
  box: shape.map((size): Range => [0, size]),
  shape: [...shape],
});

export const numel = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** tensor.narrow(dim, start, length) on a view whose dimensions are still those of its box. */
export function narrow(view: View, dim: number, start: number, length: number): View {
  check(view.shape.length > 0, 'RuntimeError');
  check(dim < view.shape.length, 'IndexError');
  const size = view.shape[dim] as number;
  check(start <= size, 'IndexError');
  check(start + length <= size, 'RuntimeError');
  const box = view.box.map((range): Range => [...range]);
  const range = box[dim];
  if (range !== undefined) box[dim] = [range[0] + start, range[0] + start + length];
  return { box, shape: view.shape.map((own, at) => (at === dim ? length : own)) };
}

/** A tensor without dimensions becomes one of a single element. */
export const atLeast1d = (view: View): View => (view.shape.length === 0 ? { box: view.box, shape: [1] } : view);

export const sameShape = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/** dst.copy_(src): the source is spread from the last dimension on. */
export function checkCopy(dst: readonly number[], src: readonly number[]): void {
  check(src.length <= dst.length, 'RuntimeError');
  for (let back = 1; back <= src.length; back++) {
    const size = src.at(-back);
    check(size === 1 || size === dst.at(-back), 'RuntimeError');
  }
}
