import { describe, expect, it } from 'vitest';
import type { TensorSlices } from '../../../electron/common/contract.ts';
import { createAnswerStore } from '../../../renderer/stores/answerStore.ts';
import { describeSlice, holdersSentence } from '../../../renderer/views/Mapping/RankSlices.tsx';
import { fakeClient, settle } from './fakeClient.ts';

const parameter = { name: 'w13_weight', shape: [4, 8, 6], dtype: 'BF16' };
const held = (ranks: number[], first: number): TensorSlices['groups'][number] => ({
  ranks,
  outcome: 'loaded',
  summary: 'Loaded.',
  parameter,
  slot: 'w1',
  expert: 3,
  copies: [
    {
      dst: [
        [3, 4],
        [0, 4],
        [0, 6],
      ],
      src: [
        [first, first + 4],
        [0, 6],
      ],
    },
  ],
});
const skipped = {
  ...held([1, 2], 0),
  outcome: 'skipped' as const,
  summary: 'Skipped: not here.',
  parameter: null,
  copies: [],
};

describe('slices of a tensor', () => {
  it('say who holds it', () => {
    expect(holdersSentence({ tensor: 0, numRanks: 3, groups: [held([0], 0), skipped] })).toBe('Rank 0 of 3 loads it.');
    expect(holdersSentence({ tensor: 0, numRanks: 2, groups: [held([0], 0), held([1], 4)] })).toBe(
      'All 2 ranks load it, in 2 different parts.',
    );
    expect(holdersSentence({ tensor: 0, numRanks: 2, groups: [skipped] })).toBe(
      'The drafter loads it on none of the 2 ranks.',
    );
  });

  it('name rank, rows and destination, or the reason', () => {
    expect(describeSlice(held([1], 4), [8, 6])).toBe(
      'Rank 1: rows 4 to 7 of 8 into [3:4, 0:4, 0:6] of w13_weight, slot w1.',
    );
    expect(describeSlice(skipped, [8, 6])).toBe('Ranks 1–2: skipped, expert 3 is on another rank.');
    expect(describeSlice({ ...skipped, expert: null }, [8, 6])).toBe('Ranks 1–2: Skipped: not here.');
  });

  it('are those of the tensor asked for last', async () => {
    const { client, asked } = fakeClient();
    const store = createAnswerStore(client, 'tensor.slices');
    void store.ask({ tensor: 1 });
    void store.ask({ tensor: 2 });
    asked[1]?.resolve({ tensor: 2 });
    asked[0]?.resolve({ tensor: 1 });
    await settle();
    expect(store.getState().answer).toEqual({ tensor: 2 });
  });
});
