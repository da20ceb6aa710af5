import { describe, expect, it } from 'vitest';
import { listRanges } from '../../../renderer/format.ts';
import { describeCell, placementRows } from '../../../renderer/views/Placement/placementGrid.ts';
import { labelStep } from '../../../renderer/widgets/cellGridModel.ts';
import { labelDecimals, niceTicks } from '../../../renderer/widgets/charts.tsx';
import { flatten } from '../../../renderer/widgets/Rectangles.tsx';
import { samplePlan } from './samples.ts';

describe('placement grid', () => {
  const plan = samplePlan();
  const spread = {
    ...plan,
    placement: {
      ...plan.placement,
      useExpertParallel: true,
      epSize: 2,
      epRank: 1,
      expertsOfRank: [
        [0, 2],
        [1, 3],
      ],
    },
  };

  it('has a row for every expert-parallel rank', () => {
    expect(placementRows(spread)).toEqual({
      filled: [
        [0, 2],
        [1, 3],
      ],
      slices: 1,
      lookedAt: 1,
    });
  });

  it('has a row for every rank that shares the experts when they are cut', () => {
    const cut = {
      ...plan,
      parallel: { ...plan.parallel, tensorParallelSize: 2, rank: 1 },
      placement: { ...plan.placement, moeTpSize: 2 },
    };
    expect(placementRows(cut)).toEqual({
      filled: [
        [0, 1],
        [0, 1],
      ],
      slices: 2,
      lookedAt: 1,
    });
    expect(describeCell(placementRows(cut), 1, 0)).toBe('expert 0 → slice 2 of 2 on rank 1, local 0');
  });

  it('says where an expert is, and where it is not', () => {
    expect(describeCell(placementRows(spread), 1, 3)).toBe('expert 3 → rank 1, local 1');
    expect(describeCell(placementRows(spread), 0, 3)).toBe('expert 3 is not on rank 0; it is on rank 1');
    expect(describeCell(placementRows(spread), 0, 9)).toBe('expert 9 is on no rank');
  });

  it('shortens runs of experts', () => {
    expect(listRanges([0, 1, 2, 3, 8, 10, 11])).toBe('0–3, 8, 10–11');
    expect(listRanges([])).toBe('');
  });
});

describe('drawing', () => {
  it('labels as many columns as fit', () => {
    expect(labelStep(16, 48)).toBe(1);
    expect(labelStep(256, 3)).toBe(16);
    expect(labelStep(256, 30)).toBe(1);
  });

  it('chooses even ticks that reach over the value', () => {
    for (const value of [0.3, 1, 7, 33.09, 561.5, 99_999]) {
      const ticks = niceTicks(value);
      expect(ticks[0]).toBe(0);
      expect(ticks.length).toBeLessThanOrEqual(5);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(value);
      expect(ticks.at(-2)).toBeLessThan(value);
    }
    expect(niceTicks(33.09)).toEqual([0, 10, 20, 30, 40]);
    expect(niceTicks(0)).toEqual([0, 1]);
  });

  it('lays vectors flat and takes the last two dimensions of the rest', () => {
    expect(flatten([7])).toEqual({ rows: 1, columns: 7 });
    expect(flatten([4, 7])).toEqual({ rows: 4, columns: 7 });
    expect(flatten([16, 4, 7])).toEqual({ rows: 4, columns: 7 });
  });
});

describe('labels above bars', () => {
  it('lose decimals first, then give way, as bars come closer', () => {
    expect([120, 45, 18].map(labelDecimals)).toEqual([1, 0, null]);
  });
});
