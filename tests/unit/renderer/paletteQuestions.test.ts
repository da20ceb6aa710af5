import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { createStores } from '../../../renderer/stores/createStores.ts';
import { paletteItems } from '../../../renderer/stores/paletteItems.ts';
import { readQuestion, readSetUp } from '../../../renderer/stores/paletteQuestions.ts';
import { fakeClient, settle } from './fakeClient.ts';
import { sampleCheckpoint, samplePlan } from './samples.ts';

const twoRanks = { ...singleRank, tensorParallelSize: 2, enableExpertParallel: true };

/** Expert 0 is on rank 0, expert 1 on rank 1; rank 0 is looked at. */
function opened() {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  fake.emit('checkpoint.opened', sampleCheckpoint());
  const plan = samplePlan(twoRanks);
  const placement = { ...plan.placement, useExpertParallel: true, epSize: 2, expertsOfRank: [[0], [1]] };
  fake.emit('plan.ready', { ...plan, placement });
  return { fake, stores };
}

describe('a question in the words of the loader', () => {
  it.each([
    ['expert 137 w3 rank 5', { expert: 137, rank: 5, part: 'up_proj' }],
    ['which file holds w3 of Expert 137 on rank 5 in layer 61?', { expert: 137, rank: 5, layer: 61, part: 'up_proj' }],
    ['gate_proj expert7', { expert: 7, part: 'gate_proj' }],
    ['down expert 7', { expert: 7, part: 'down_proj' }],
    ['rank 12', { rank: 12 }],
  ])('%s', (text, question) => {
    expect(readQuestion(text)).toEqual(question);
  });

  it.each(['', 'experts.137', 'w3', 'layer 61', 'rank', 'frank 3', 'expert -1', 'save the experts'])(
    '"%s" asks for no place',
    (text) => {
      expect(readQuestion(text)).toBeNull();
    },
  );

  it.each([
    ['ep 8 round robin 32 redundant', 8, 'roundRobin', 32],
    ['round_robin, tp 8, redundant experts 32', 8, 'roundRobin', 32],
    ['dp 4 linear', 4, 'linear', 0],
  ] as const)('"%s" names a set-up', (text, ranks, policy, redundant) => {
    const parallel = readSetUp(text, singleRank);
    expect(parallel).toMatchObject({
      enableExpertParallel: true,
      expertPlacementStrategy: policy,
      numRedundantExperts: redundant,
      enableEplb: redundant > 0,
    });
    expect((parallel?.tensorParallelSize ?? 0) * (parallel?.dataParallelSize ?? 0)).toBe(ranks);
  });

  it('cuts many expert-parallel ranks as they are usually cut, unless the text says how', () => {
    const sizes = (text: string) => {
      const parallel = readSetUp(text, singleRank);
      return parallel && [parallel.tensorParallelSize, parallel.dataParallelSize];
    };
    expect(['ep 8', 'ep 320', 'ep 12', 'ep 17', 'ep 16 tp 2 dp 8'].map(sizes)).toEqual([
      [8, 1],
      [8, 40],
      [6, 2],
      [1, 17],
      [2, 8],
    ]);
  });

  it('keeps the ranks in force where the text names none, and experts cut where it says nothing of them', () => {
    expect(readSetUp('round robin', { ...twoRanks, rank: 1 })).toEqual({
      ...twoRanks,
      expertPlacementStrategy: 'roundRobin',
    });
    expect(readSetUp('tp 2', singleRank)).toEqual({ ...singleRank, tensorParallelSize: 2 });
    for (const text of ['tp 0', 'ep 0', 'help', 'http 8', 'expert 3']) expect(readSetUp(text, singleRank)).toBeNull();
  });
});

describe('the palette answers', () => {
  it('with the file, and who holds the expert, before anything is chosen', () => {
    const { stores } = opened();
    const titles = (query: string) => paletteItems(stores, query).map(({ title }) => title);
    expect(titles('expert 1 w3')[0]).toBe('w3 of expert 1, layer 4: model.safetensors, rank 0 (held by rank 1 alone)');
    expect(titles('expert 1 up rank 1')[0]).toBe('w3 of expert 1, layer 4: model.safetensors, rank 1');
    expect(titles('expert 1 w3 rank 9')[0]).toContain('rank 0 (there is no rank 9)');
    expect(titles('expert 77 w3').filter((title) => title.includes('expert 77'))).toEqual([]);
  });

  it('and leads to the tensor on the rank that was named', async () => {
    const { fake, stores } = opened();
    paletteItems(stores, 'expert 1 w3 rank 1')[0]?.run();
    expect(fake.last('plan.make').input).toEqual({ parallel: { ...twoRanks, rank: 1 } });
    fake.last('plan.make').resolve(samplePlan({ ...twoRanks, rank: 1 }));
    await settle();
    expect(stores.selection.getState().selection).toMatchObject({ kind: 'tensor', tensor: 3 });
    expect(stores.view.getState().view).toBe('mapping');
  });

  it('stays where it is when the rank could not be planned', async () => {
    const { fake, stores } = opened();
    paletteItems(stores, 'expert 1 w3 rank 1')[0]?.run();
    fake.last('plan.make').reject(new Error('no'));
    await settle();
    expect(stores.selection.getState().selection.kind).toBe('none');
  });

  it('a rank of this set-up is looked at, one that is not there is not offered', () => {
    const { fake, stores } = opened();
    const look = (query: string) => paletteItems(stores, query).find(({ title }) => title.startsWith('Look at rank'));
    expect(look('rank 2')).toBeUndefined();
    look('rank 1')?.run();
    expect(fake.last('plan.make').input).toEqual({ parallel: { ...twoRanks, rank: 1 } });
  });

  it('a set-up is shown in Placement', () => {
    const { fake, stores } = opened();
    const [item] = paletteItems(stores, 'ep 8 round robin 32 redundant');
    expect(item?.title).toBe('Placement of tp 8, dp 1, experts spread, round robin, 32 redundant experts');
    item?.run();
    expect(stores.view.getState().view).toBe('placement');
    expect(fake.last('plan.make').input).toMatchObject({
      parallel: { tensorParallelSize: 8, expertPlacementStrategy: 'roundRobin', numRedundantExperts: 32 },
    });
  });
});
