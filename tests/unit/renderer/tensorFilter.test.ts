import { describe, expect, it } from 'vitest';
import { fileRunOf, fileRunText } from '../../../renderer/stores/filterWords.ts';
import {
  filterTensors,
  isFiltering,
  layersOf,
  noFilter,
  type TensorFilter,
} from '../../../renderer/stores/tensorFilter.ts';
import { sampleCheckpoint, samplePlan } from './samples.ts';

const checkpoint = sampleCheckpoint();
const { tensors } = checkpoint;
const plan = samplePlan();
const find = (patch: Partial<TensorFilter>) => filterTensors(checkpoint, plan, { ...noFilter, ...patch });
const rows = (patch: Partial<TensorFilter>) => [...find(patch).rows];

describe('filterTensors', () => {
  it('passes everything in checkpoint order without a filter', () => {
    expect(rows({})).toEqual([0, 1, 2, 3, 4]);
    expect(isFiltering(noFilter)).toBe(false);
    expect(isFiltering({ ...noFilter, search: ' ' })).toBe(false);
  });

  it('takes a space as and, and ignores case', () => {
    expect(rows({ search: 'UP_proj experts' })).toEqual([2, 3]);
    expect(rows({ search: 'up_proj nothing' })).toEqual([]);
  });

  it('compares layers as numbers, so that 4 is not 40', () => {
    expect(rows({ layer: 4 })).toEqual([2, 3]);
    expect(rows({ layer: 40 })).toEqual([4]);
    expect(rows({ layer: -1 })).toEqual([0]);
  });

  it('combines outcome, rule and search', () => {
    expect(rows({ outcome: 0 })).toEqual([2, 3]);
    expect(rows({ outcome: 1, rule: 0, search: 'layers' })).toEqual([1]);
    expect(rows({ outcome: 2, rule: 0 })).toEqual([]);
  });

  it('looks letter by letter only where no name holds the words', () => {
    expect(find({ search: 'up_proj' }).fuzzy).toBe(false);
    expect(find({ search: '4e1up' })).toEqual({ rows: Uint32Array.from([3]), fuzzy: true });
    expect(find({ search: 'zzz' })).toEqual({ rows: new Uint32Array(), fuzzy: false });
  });

  it('takes terms about the other columns', () => {
    expect(rows({ search: 'expert:1' })).toEqual([3]);
    expect(rows({ search: 'rule:other' })).toEqual([0, 1]);
    expect(rows({ search: 'layer:none' })).toEqual([0]);
    expect(rows({ search: 'dtype:bf' })).toEqual([0, 1, 2, 3, 4]);
    expect(rows({ search: 'dtype:f8' })).toEqual([]);
    expect(rows({ search: 'file:model layer:4 expert:0' })).toEqual([2]);
    expect(rows({ search: 'layer:' })).toEqual([0, 1, 2, 3, 4]);
  });

  it('filters by file, dtype and parameter; an unknown parameter has no tensors', () => {
    expect(rows({ files: { first: 0, last: 0 } })).toHaveLength(5);
    expect(rows({ files: { first: 1, last: 1 } })).toEqual([]);
    expect(rows({ files: { first: -1, last: 3 } })).toHaveLength(5);
    expect(rows({ dtype: 'F32' })).toEqual([]);
    expect(rows({ parameter: 'gone' })).toEqual([]);
    expect(isFiltering({ ...noFilter, dtype: 'F32' })).toBe(true);
  });

  it('lists the layers that occur, ascending, with none first', () => {
    expect(layersOf(tensors)).toEqual([-1, 0, 4, 40]);
  });
});

describe('a run of files in words', () => {
  it('comes back as it was; anything else is no filter', () => {
    for (const run of [
      { first: 3, last: 3 },
      { first: -1, last: 3 },
      { first: 20, last: 40 },
    ])
      expect(fileRunOf(fileRunText(run))).toEqual(run);
    for (const text of ['', 'x', '1-2', '1~', '1~2~3', undefined]) expect(fileRunOf(text)).toBeNull();
  });
});
