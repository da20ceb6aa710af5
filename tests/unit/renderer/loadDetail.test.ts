import { describe, expect, it } from 'vitest';
import type { LoadReads } from '../../../electron/common/contract.ts';
import { lanesOf, lastEnd, sumsOf } from '../../../electron/common/readLanes.ts';
import { ticksWithin } from '../../../renderer/format.ts';
import { createLoadDetailStore, moduleOfParameter } from '../../../renderer/stores/loadDetailStore.ts';
import { isWhole, panned, wholeWindow, zoomed } from '../../../renderer/widgets/timeWindow.ts';
import { squarify } from '../../../renderer/widgets/treemapLayout.ts';
import { fakeClient, settle } from './fakeClient.ts';

function reads(run: number, files: readonly number[], filled: readonly number[]): LoadReads {
  return {
    run,
    file: Int32Array.from(files),
    thread: Int32Array.from(files, (_, at) => at),
    beginMicros: Float64Array.from(files, (_, at) => at * 10),
    endMicros: Float64Array.from(files, (_, at) => at * 10 + 5),
    bytes: Float64Array.from(files, () => 7),
    parameterBytes: Float64Array.from(filled),
  };
}

describe('the details of a load', () => {
  it('gathers the pieces of one run, asks for its parameters once, and starts anew with the next', async () => {
    const { client, asked, emit, last } = fakeClient();
    const store = createLoadDetailStore(client);
    emit('load.reads', reads(1, [0], [1]));
    emit('load.reads', reads(1, [1], [4]));
    last('load.parameters').resolve({ run: 1, names: ['mtp/x'], dtypes: ['F32'], bytes: Float64Array.from([4]) });
    await settle();
    expect(asked).toHaveLength(1);
    expect(store.getState().pieces).toHaveLength(2);
    expect([...store.getState().filled]).toEqual([4]);
    expect(store.getState().parameters?.names).toEqual(['mtp/x']);
    emit('load.reads', reads(2, [0], [0]));
    emit('load.reads', reads(1, [0], [9]));
    expect(store.getState()).toMatchObject({ run: 2, parameters: null });
    expect(store.getState().pieces).toHaveLength(1);
  });

  it('is asked for by a page that came late', async () => {
    const { client, last } = fakeClient();
    const store = createLoadDetailStore(client);
    void store.catchUp(3);
    last('load.reads').resolve(reads(3, [2], [5]));
    await settle();
    expect(store.getState().run).toBe(3);
  });

  it('has a lane for every file that was read, or for every thread, by number', () => {
    const pieces = [reads(1, [5, 2], []), reads(1, [5], [])];
    const shown = (by: 'file' | 'thread') =>
      lanesOf(pieces, by).map(({ id, bytes, reads: all }) => [id, bytes, all.length]);
    expect(shown('file')).toEqual([
      [2, 7, 1],
      [5, 14, 2],
    ]);
    expect(shown('thread')).toEqual([
      [0, 14, 2],
      [1, 7, 1],
    ]);
    expect(lastEnd(lanesOf(pieces, 'file'))).toBe(15);
  });

  it('sums a lane up: time within reads, and who else took part', () => {
    const [lane] = lanesOf([reads(1, [3, 3, 3], [])], 'file');
    if (!lane) throw new Error('there is no lane');
    expect(sumsOf(lane, 'file')).toEqual({
      id: 3,
      bytes: 21,
      reads: 3,
      others: 3,
      firstMicros: 0,
      lastMicros: 25,
      busyMicros: 15,
    });
  });

  it('groups parameters by layer', () => {
    expect(moduleOfParameter('target/model.layers.12.mlp.gate.weight')).toBe('target/layers.12');
    expect(moduleOfParameter('mtp/model.layers.61.eh_proj.weight')).toBe('mtp/layers.61');
    expect(moduleOfParameter('target/lm_head.weight')).toBe('target/lm_head');
  });
});

describe('the window on a time axis', () => {
  const whole = 1000;

  it('keeps the time under the pointer where it is, and never shows more than there is', () => {
    const near = zoomed(wholeWindow(whole), 200, 0.5, whole);
    expect(near).toEqual({ from: 100, until: 600 });
    expect((200 - near.from) / (near.until - near.from)).toBeCloseTo(0.2);
    expect(isWhole(zoomed(near, 200, 100, whole), whole)).toBe(true);
    const deepest = Array.from({ length: 100 }).reduce<typeof near>((shown) => zoomed(shown, 200, 0.5, whole), near);
    expect(deepest.until - deepest.from).toBeCloseTo(0.01);
    expect(deepest.from).toBeLessThanOrEqual(200);
    expect(deepest.until).toBeGreaterThanOrEqual(200);
  });

  it('moves within the whole', () => {
    expect(panned({ from: 100, until: 300 }, 50, whole)).toEqual({ from: 150, until: 350 });
    expect(panned({ from: 100, until: 300 }, -500, whole)).toEqual({ from: 0, until: 200 });
    expect(panned({ from: 100, until: 300 }, 5000, whole)).toEqual({ from: 800, until: 1000 });
  });

  it('has round ticks within it, no more than there is room for', () => {
    expect(ticksWithin(0, 1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticksWithin(130, 170, 4)).toEqual([130, 140, 150, 160, 170]);
    expect(ticksWithin(5, 5, 4)).toEqual([]);
  });
});

describe('squarify', () => {
  const area = { x: 0, y: 0, width: 60, height: 40 };

  it('gives each value its share of the area, inside it, in the order given', () => {
    const values = [6, 1, 0, 3, 2];
    const rects = squarify(values, area);
    rects.forEach((rect, at) => {
      expect(rect.width * rect.height).toBeCloseTo(((values[at] ?? 0) / 12) * 2400);
      expect(rect.x + rect.width).toBeLessThanOrEqual(60.0001);
      expect(rect.y + rect.height).toBeLessThanOrEqual(40.0001);
    });
  });

  it('draws nothing of nothing', () => {
    expect(squarify([0, 0], area).every(({ width }) => width === 0)).toBe(true);
    expect(squarify([], area)).toEqual([]);
  });
});
