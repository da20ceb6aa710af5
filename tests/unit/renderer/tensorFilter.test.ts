import { describe, expect, it } from 'vitest';
import { filterTensors, isFiltering, layersOf, noFilter } from '../../../renderer/stores/tensorFilter.ts';
import { sampleCheckpoint, samplePlan } from './samples.ts';

const { tensors } = sampleCheckpoint();
const plan = samplePlan().tensors;
const rows = (patch: Partial<typeof noFilter>) => [...filterTensors(tensors, plan, { ...noFilter, ...patch })];

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

  it('lists the layers that occur, ascending, with none first', () => {
    expect(layersOf(tensors)).toEqual([-1, 0, 4, 40]);
  });
});
