/** The order of rows in the Mapping table. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';

export const sortColumns = ['tensor', 'dtype', 'shape', 'rule', 'parameter', 'slot', 'file', 'bytes'] as const;
export type SortColumn = (typeof sortColumns)[number];

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** First press ascending, second descending, third as in the checkpoint. */
export function nextSort(sort: Sort | null, column: SortColumn): Sort | null {
  if (sort?.column !== column) return { column, descending: false };
  return sort.descending ? null : { column, descending: true };
}

/**
 * @param rows tensor indices
 * @returns the same indices sorted; equal ones keep the order of the checkpoint
 */
export function sortTensors(rows: Uint32Array, checkpoint: Checkpoint, plan: Plan, sort: Sort | null): Uint32Array {
  if (sort === null) return rows;
  const key = keyOf(sort.column, checkpoint, plan);
  // Key and position in one number: the typed array's own sort is many times faster than one with a comparison.
  const shift = 2 ** Math.ceil(Math.log2(Math.max(2, checkpoint.tensors.names.length)));
  const keyed = Float64Array.from(rows, (index) => {
    const value = key(index);
    return (sort.descending ? -value : value) * shift + index;
  }).sort();
  return Uint32Array.from(keyed, (value) => ((value % shift) + shift) % shift);
}

/** Whole numbers below 2^36, so that a position of 17 bits fits beside them exactly. */
function keyOf(column: SortColumn, { tensors }: Checkpoint, plan: Plan): (index: number) => number {
  switch (column) {
    case 'tensor': {
      const place = nameOrder(tensors.names);
      return (index) => place[index] ?? 0;
    }
    case 'dtype': {
      const sorted = [...tensors.dtypes].sort();
      const place = tensors.dtypes.map((dtype) => sorted.indexOf(dtype));
      return (index) => place[tensors.dtype[index] ?? -1] ?? 0;
    }
    case 'shape': {
      const elements = tensors.shapes.map((shape) =>
        Math.min(
          2 ** 34,
          shape.reduce((product, size) => product * size, 1),
        ),
      );
      return (index) => elements[tensors.shape[index] ?? -1] ?? 1;
    }
    case 'rule':
      return (index) => plan.tensors.rule[index] ?? 0;
    case 'parameter':
      return (index) => plan.tensors.parameter[index] ?? -1;
    case 'slot':
      return (index) => (plan.tensors.expert[index] ?? -1) * 16 + (plan.tensors.slot[index] ?? 0);
    case 'file':
      return (index) => tensors.file[index] ?? -1;
    case 'bytes':
      return (index) => Math.min(2 ** 34, tensors.bytes[index] ?? 0);
  }
}

const orders = new WeakMap<readonly string[], Uint32Array>();

/** Place of each name when numbers in names count as numbers: layers.2 comes before layers.10. Worked out once. */
export function nameOrder(names: readonly string[]): Uint32Array {
  const known = orders.get(names);
  if (known) return known;
  const padded = names.map((name) => name.replace(/\d+/g, (digits) => digits.padStart(6, '0')));
  const sorted = Uint32Array.from(padded, (_, index) => index).sort((a, b) => {
    const left = padded[a] ?? '';
    const right = padded[b] ?? '';
    return left < right ? -1 : left > right ? 1 : a - b;
  });
  const place = new Uint32Array(names.length);
  sorted.forEach((index, at) => {
    place[index] = at;
  });
  orders.set(names, place);
  return place;
}
