/** The shape that a whole tensor has when every rank finds its part in it. */
import type { SlotId } from '../../common/domain.ts';
import { shapeText } from './boxes.ts';
import { ceilDiv, type ParameterSpec } from './parameterSpec.ts';

/**
 * @param slot part of a fused or expert parameter; null = the whole
 * @returns shape of the tensor in the checkpoint, before any rank cuts it
 */
export function expectedShape({ shape, loader }: ParameterSpec, slot: SlotId): readonly number[] {
  switch (loader.kind) {
    case 'default':
    case 'replicated':
      return shape;
    case 'columnParallel':
      return loader.perTensor ? shape : scaled(shape, 0, loader.tpSize);
    case 'rowParallel':
      return loader.perTensor ? shape : scaled(shape, 1, loader.tpSize);
    case 'vocabulary':
      return [loader.vocabSize, ...shape.slice(1)];
    case 'merged': {
      if (loader.perTensor) return [];
      const { blockRows, parts } = loader;
      const rows = typeof slot === 'number' ? (parts[slot] ?? 0) : parts.reduce((sum, part) => sum + part, 0);
      return [blockRows === null ? rows : ceilDiv(rows, blockRows), ...shape.slice(1)];
    }
    case 'experts': {
      if (loader.field !== 'weight') return [];
      const [, rows = 0, columns = 0] = shape;
      return slot === 'w2' ? [rows, columns * loader.moeTpSize] : [(rows / 2) * loader.moeTpSize, columns];
    }
  }
}

/** How a rank's part comes out of the whole, in words; empty where every rank takes all of it. */
export function cutText({ shape, loader }: ParameterSpec, slot: SlotId): string {
  const part = (dim: number, size: number, ranks: number, rank: number) =>
    `; rank ${rank} of ${ranks} takes ${dim === 0 ? 'rows' : 'columns'} ${rank * size} to ${(rank + 1) * size}, ${size} = ${size * ranks} / ${ranks}`;
  if (loader.kind === 'columnParallel' && !loader.perTensor && loader.tpSize > 1)
    return part(0, shape[0] ?? 0, loader.tpSize, loader.tpRank);
  if (loader.kind === 'rowParallel' && !loader.perTensor && loader.tpSize > 1)
    return part(1, shape[1] ?? 0, loader.tpSize, loader.tpRank);
  if (loader.kind === 'merged' && !loader.perTensor && typeof slot === 'number')
    return mergedPartText(shape, loader, slot);
  if (loader.kind === 'vocabulary')
    return `; this rank takes rows ${loader.shard.start} to ${loader.shard.end}, of ${loader.shard.padded} after padding`;
  if (loader.kind === 'experts' && loader.field === 'weight' && loader.moeTpSize > 1) {
    const size = slot === 'w2' ? (shape[2] ?? 0) : (shape[1] ?? 0) / 2;
    return part(slot === 'w2' ? 1 : 0, size, loader.moeTpSize, loader.moeTpRank);
  }
  return '';
}

/** Where a part of a fused parameter comes from and where it goes: offsets and sizes are rounded each for itself. */
function mergedPartText(
  shape: readonly number[],
  { parts, blockRows, tpSize, tpRank }: Extract<ParameterSpec['loader'], { kind: 'merged' }>,
  slot: number,
): string {
  const counted = (rows: number) => (blockRows === null ? rows : ceilDiv(rows, blockRows));
  const countText = (rows: number) => (blockRows === null ? '' : ` = ${rows} rows / ${blockRows} rounded up`);
  const before = parts.slice(0, slot).reduce((sum, rows) => sum + rows, 0);
  const own = parts[slot] ?? 0;
  const offset = Math.floor(counted(before) / tpSize);
  const size = Math.floor(counted(own) / tpSize);
  const [there = 0] = shape;
  const cut =
    tpSize > 1
      ? `; rank ${tpRank} of ${tpSize} takes rows ${tpRank * size} to ${(tpRank + 1) * size}, ${size} = ${counted(own)} / ${tpSize}${counted(own) % tpSize === 0 ? '' : ' rounded down'}`
      : '';
  if (offset + size <= there) return cut;
  const total = parts.reduce((sum, rows) => sum + rows, 0);
  return `${cut}; part ${slot} goes to row ${offset}${countText(before)} and needs ${size}${countText(own)}, but the fused parameter has ${there}${countText(total)}${tpSize > 1 ? ` (divided by ${tpSize})` : ''}: ${offset} + ${size} > ${there}`;
}

/** Whether a tensor is what is expected; single elements fit each other whatever their dimensions. */
export function isExpected(found: readonly number[], expected: readonly number[]): boolean {
  const single = (shape: readonly number[]) => shape.every((size) => size === 1);
  return shapeText(found) === shapeText(expected) || (single(found) && single(expected));
}

function scaled(shape: readonly number[], dim: number, by: number): readonly number[] {
  return shape.map((size, index) => (index === dim ? size * by : size));
}
