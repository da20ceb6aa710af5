/** The generated tensor list of DeepSeek-V3 has the published counts and bytes, and plans as expected. */
import { describe, expect, it } from 'vitest';
import { configOf, deepseekV3, halfMillion, tensorsOf } from '../../../bench/checkpoints/tensorList.ts';
import { spreadOf } from '../../../bench/measure.ts';
import { dtypeBytes, singleRank, type Tensor } from '../../../electron/common/domain.ts';
import { configFromJson } from '../../../electron/engine/checkpoint/modelConfig.ts';
import { planLoad } from '../../../electron/engine/loading/loadPlan.ts';
import { placeRank } from '../../../electron/engine/placement/expertPlacement.ts';

const listed = [...tensorsOf(deepseekV3)];
const bytesOf = ({ shape, dtype }: (typeof listed)[number]) =>
  shape.reduce((product, size) => product * size, dtypeBytes[dtype]);

describe('the list of DeepSeek-V3', () => {
  it('has 91,991 tensors and 688,574,839,360 bytes, of which 1,564 and 15.42 GB are the MTP layer', () => {
    expect(listed).toHaveLength(91_991);
    expect(listed.reduce((sum, tensor) => sum + bytesOf(tensor), 0)).toBe(688_574_839_360);
    const mtp = listed.filter(({ name }) => name.startsWith('model.layers.61.'));
    expect(mtp).toHaveLength(1564);
    expect((mtp.reduce((sum, tensor) => sum + bytesOf(tensor), 0) / 1e9).toFixed(2)).toBe('15.42');
  });

  it('gives each of 8 expert-parallel ranks 220 tensors and leaves 1,344 to the others', () => {
    const config = configFromJson(configOf(deepseekV3));
    const tensors = listed.map((tensor): Tensor => ({ ...tensor, file: 0, begin: 0, end: bytesOf(tensor) }));
    for (const rank of [0, 3, 7]) {
      const parallel = { ...singleRank, tensorParallelSize: 8, enableExpertParallel: true, rank };
      const plan = planLoad({ tensors, config, parallel, placement: placeRank(config, parallel), kind: 'drafter' });
      const elsewhere = plan.rules.find(({ id }) => id === 'skip:expert_not_on_this_rank')?.tensors;
      expect([plan.totals.loaded.tensors, elsewhere]).toEqual([220, 1344]);
    }
  });
});

it('the made-up member has half a million tensors', () => {
  let count = 0;
  for (const _ of tensorsOf(halfMillion)) count++;
  expect(count).toBeGreaterThan(500_000);
});

it('spreads give the middle run, or the mean of the two in the middle', () => {
  expect(spreadOf([5, 1, 3])).toEqual({ runs: 3, median: 3, min: 1, max: 5 });
  expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5);
});
