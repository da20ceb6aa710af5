import { describe, expect, it } from 'vitest';
import type { Placement, Routing } from '../../../electron/common/contract.ts';
import { createRoutingStore } from '../../../renderer/stores/routingStore.ts';
import { busiestRank, expertCounts, withHeat } from '../../../renderer/views/Placement/routingHeat.ts';
import { fakeClient } from './fakeClient.ts';

const routing: Routing = {
  run: 1,
  layers: [3, 4],
  numTargetLayers: 1,
  numExperts: 3,
  expertsPerToken: 2,
  counts: Uint32Array.from([4, 0, 2, 1, 1, 4]),
};
/** Two ranks of two rows; physical expert 3 is a copy of expert 0. */
const placement = {
  useExpertParallel: true,
  numRanks: 2,
  physicalToLogical: Int32Array.from([0, 1, 2, 0]),
  replicas: Int32Array.from([2, 1, 1]),
  slots: { start: Uint32Array.from([0, 2, 4]), routed: Int32Array.from([0, 1, 2, 0]) },
} as unknown as Placement;

describe('routing heat', () => {
  it('adds up all layers or takes one', () => {
    expect(expertCounts(routing, null)).toEqual({ of: Float64Array.from([5, 1, 6]), most: 6, total: 12 });
    expect(expertCounts(routing, 4)).toEqual({ of: Float64Array.from([1, 1, 4]), most: 4, total: 6 });
  });

  it('is that of the logical expert in every copy', () => {
    const row = { columns: [2, 3], marks: new Uint8Array(2), outlined: new Uint8Array(2), slice: 0 };
    expect(withHeat([row], placement, expertCounts(routing, 3))[0]?.heat).toEqual(Float32Array.from([0.5, 1]));
  });

  it('finds the busiest rank, copies sharing evenly', () => {
    expect(busiestRank(placement, expertCounts(routing, null))).toEqual({ rank: 1, share: 8.5 / 12 });
    expect(busiestRank({ ...placement, useExpertParallel: false }, expertCounts(routing, null))).toBeNull();
  });

  it('is kept until another run or checkpoint', () => {
    const { client, emit } = fakeClient();
    const store = createRoutingStore(client);
    emit('decode.routing', routing);
    expect(store.getState().routing).toBe(routing);
    emit('decode.started', {} as never);
    expect(store.getState().routing).toBeNull();
  });
});
