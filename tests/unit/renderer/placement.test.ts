import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { makeFailure } from '../../../electron/common/failure.ts';
import { movesByRank } from '../../../renderer/stores/movesByRank.ts';
import { createPlacementStore, samePlacement } from '../../../renderer/stores/placementStore.ts';
import { bytesByKind, mostMemory, whyNotBuilt } from '../../../renderer/stores/rankBytes.ts';
import { choicesFor, movesText } from '../../../renderer/views/Placement/CompareBar.tsx';
import {
  describePlacementCell,
  placementCells,
  ranksHolding,
  tellPlacementRow,
} from '../../../renderer/views/Placement/placementCells.ts';
import { cellAt, cellMarks, gridShape, headHeight } from '../../../renderer/widgets/cellGridModel.ts';
import { fakeClient, settle } from './fakeClient.ts';
import { samplePlacement } from './samples.ts';

const moves = {
  from: singleRank,
  to: singleRank,
  moves: {
    expert: Int32Array.from([1]),
    fromRank: Int32Array.from([0]),
    toRank: Int32Array.from([1]),
    bytes: Float64Array.from([40]),
  },
  movedBytes: 40,
  heldBytes: 200,
  micros: 1,
};

describe('the cells of a placement', () => {
  const placement = samplePlacement();
  const marks = (model: 'drafter' | 'target', rank: number) =>
    Array.from(placementCells(placement, model, null)[rank]?.marks ?? [], (mark) => cellMarks[mark]);

  it('marks copies, and in red those that one loader never fills', () => {
    expect(marks('target', 0)).toEqual(['plain', 'plain']);
    expect(marks('target', 1)).toEqual(['copy', 'copy']);
    expect(marks('drafter', 1)).toEqual(['wrong', 'wrong']);
  });

  it('outlines what a rank has to receive, and nothing without a comparison', () => {
    const [first, second] = placementCells(placement, 'target', moves);
    expect([...(first?.outlined ?? [])]).toEqual([0, 0]);
    expect([...(second?.outlined ?? [])]).toEqual([0, 1]);
    expect([...(placementCells(placement, 'target', null)[1]?.outlined ?? [])]).toEqual([0, 0]);
  });

  it('says who holds an expert, what a copy is of, and what is wrong', () => {
    expect(describePlacementCell(placement, 'target', 0, 1)).toBe('expert 1: rank 0, local 1');
    expect(describePlacementCell(placement, 'target', 1, 0)).toBe('expert 0: on rank 0, not on rank 1');
    expect(describePlacementCell(placement, 'target', 1, 2)).toBe('expert 2, a copy of expert 0: rank 1, local 0');
    expect(describePlacementCell(placement, 'drafter', 1, 3)).toContain("the drafter's loader never fills it");
    const lost = { ...placement, slots: { ...placement.slots, physical: Int32Array.from([0, 1, 2, 2]) } };
    expect(describePlacementCell(lost, 'drafter', 0, 3)).toBe('expert 3, a copy of expert 1 is on no rank');
  });
});

describe('a comparison in words', () => {
  const built = samplePlacement();
  const errors = [{ type: 'AssertionError', message: '288 experts on 320 ranks', ranks: [0, 1] }];
  const nowhere = { ...built.drafter, total: new Float64Array(2), errors };

  it('says what moves, and the reason where one of the two can not be built', () => {
    expect(movesText(built, { moves, placement: built }, 'drafter')).toMatch(/^1 expert move: 40 B of 200 B/);
    const broken = { ...built, drafter: nowhere };
    expect(movesText(built, { moves, placement: broken }, 'drafter')).toBe(
      'It can’t be built, so nothing is compared. AssertionError: 288 experts on 320 ranks',
    );
    expect(movesText(broken, { moves, placement: built }, 'drafter')).toMatch(/^The set-up on screen can’t be built/);
    expect(movesText(built, { moves, placement: broken }, 'target')).toMatch(/^1 expert move/);
  });

  it('counts a set-up as built while one rank of it is', () => {
    expect(whyNotBuilt({ ...built, drafter: { ...built.drafter, errors } }, 'drafter')).toBeNull();
  });
});

describe('a rank in words', () => {
  const placement = samplePlacement();

  it('tells what it holds, copies, and what its loader never fills', () => {
    expect(tellPlacementRow(placement, 'target', 0)).toBe('0–1');
    expect(tellPlacementRow(placement, 'target', 1)).toBe('copies 2–3');
    expect(tellPlacementRow(placement, 'drafter', 1)).toBe('copies 2–3; never loaded 2–3');
    expect(ranksHolding(placement)).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('is told what it would receive, and from where', () => {
    const two = {
      ...moves,
      moves: {
        expert: Int32Array.from([1, 0, 1]),
        fromRank: Int32Array.from([0, -1, 0]),
        toRank: Int32Array.from([1, 1, 0]),
        bytes: Float64Array.from([40, 30, 5]),
      },
    };
    expect(movesByRank(two)).toEqual([
      { rank: 0, experts: [1], from: [0], bytes: 5 },
      { rank: 1, experts: [0, 1], from: [0], bytes: 70 },
    ]);
  });
});

describe('memory per rank', () => {
  it('adds kinds up to the total, and names the ranks that need most', () => {
    const placement = samplePlacement();
    expect(bytesByKind(placement, 'drafter', 0)).toEqual([100, 0, 10, 20, 0, 5]);
    expect(bytesByKind(placement, 'drafter', 1).reduce((a, b) => a + b)).toBe(placement.drafter.total[1]);
    expect(mostMemory(placement, 'drafter')).toEqual({ most: 135, ranks: [0], least: 85 });
    expect(mostMemory(placement, 'target').ranks).toEqual([0, 1]);
  });
});

describe('the grid in sight', () => {
  it('finds cells by arithmetic, scrolled or not, and nothing on the labels or past the end', () => {
    const shape = gridShape(320, 256, 833, 400, 1);
    expect(shape).toEqual({ cell: 3, rowSize: 6, labelWidth: 64, width: 768, height: 1920 });
    const { labelWidth } = shape;
    const at = (x: number, y: number, scrolled = { x: 0, y: 0 }) => cellAt({ x, y }, scrolled, shape);
    expect(at(labelWidth, headHeight)).toEqual({ row: 0, column: 0 });
    expect(at(labelWidth + 767, headHeight + 5, { x: 0, y: 1914 })).toEqual({ row: 319, column: 255 });
    expect(at(labelWidth - 1, headHeight)).toBeNull();
    expect(at(labelWidth, headHeight - 1)).toBeNull();
    expect(at(labelWidth + 768, headHeight)).toBeNull();
  });

  it('gives small cells all of the width, and large ones whole device pixels', () => {
    const small = gridShape(8, 288, 1000, 400, 1);
    expect(small.labelWidth + small.width).toBeCloseTo(999);
    expect(cellAt({ x: 998, y: headHeight }, { x: 0, y: 0 }, small)?.column).toBe(287);
    const { cell } = gridShape(8, 16, 1000, 400, 2);
    expect(cell * 2).toBe(Math.round(cell * 2));
  });
});

describe('the placement store', () => {
  const wanted = { ...singleRank, tensorParallelSize: 2, enableExpertParallel: true };

  it('asks once for all ranks of a set-up', async () => {
    const { client, asked, last } = fakeClient();
    const store = createPlacementStore(client);
    void store.show(1, wanted, store.getState());
    last('placement.make').resolve(samplePlacement());
    await settle();
    void store.show(1, { ...wanted, rank: 1 }, store.getState());
    expect(asked).toHaveLength(1);
    expect(store.getState().placement?.numRanks).toBe(2);
    void store.show(1, { ...wanted, tensorParallelSize: 4 }, store.getState());
    expect(asked).toHaveLength(2);
  });

  it('drops an answer that a newer question has overtaken, and keeps a failure', async () => {
    const { client, asked } = fakeClient();
    const store = createPlacementStore(client);
    void store.show(1, wanted, store.getState());
    void store.show(1, { ...wanted, tensorParallelSize: 4 }, store.getState());
    asked[1]?.reject(new Error('no such ranks'));
    await settle();
    asked[0]?.resolve(samplePlacement());
    await settle();
    expect(store.getState().placement).toBeNull();
    expect(store.getState().failure).toEqual(makeFailure('internal', 'no such ranks'));
  });

  it('compares with another set-up, from the one on screen', async () => {
    const { client, asked, last } = fakeClient();
    const store = createPlacementStore(client);
    store.compareWith({ expertPlacementStrategy: 'roundRobin' });
    void store.show(1, wanted, store.getState());
    last('placement.make').resolve(samplePlacement());
    await settle();
    last('placement.make').resolve(samplePlacement());
    await settle();
    expect(last('placement.compare').input).toEqual({
      from: { ...wanted, rank: 0 },
      to: { ...wanted, rank: 0, expertPlacementStrategy: 'roundRobin' },
      model: 'drafter',
    });
    last('placement.compare').resolve(moves);
    await settle();
    expect(store.getState().comparison?.moves.movedBytes).toBe(40);
    expect(asked).toHaveLength(3);
    store.compareWith(null);
    expect(store.getState().comparison).toBeNull();
  });

  it('knows that the rank makes no difference to a placement', () => {
    expect(samePlacement(wanted, { ...wanted, rank: 1 })).toBe(true);
    expect(samePlacement(wanted, { ...wanted, numRedundantExperts: 1 })).toBe(false);
  });

  it('offers only set-ups that differ', () => {
    for (const { change } of choicesFor(wanted)) expect({ ...wanted, ...change }).not.toEqual(wanted);
    expect(choicesFor({ ...wanted, tensorParallelSize: 1024 }).map(({ label }) => label)).not.toContain(
      'twice the ranks',
    );
  });
});
