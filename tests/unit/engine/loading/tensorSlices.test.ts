/** One tensor on every rank, held against plans of the whole checkpoint on each rank. */
import { describe, expect, it } from 'vitest';
import { explainTensor } from '../../../../electron/engine/loading/explainTensor.ts';
import { tensorSlices } from '../../../../electron/engine/loading/tensorSlices.ts';
import { placeGroup, placeRank, rankOf } from '../../../../electron/engine/placement/expertPlacement.ts';
import { planCase, readCase } from './goldenCases.ts';

function casePlan(tensorParallelSize: number, dataParallelSize: number, enableExpertParallel: boolean, rank: number) {
  const golden = readCase('bf16-2mtp-tp1-r0');
  const { input } = planCase(golden);
  const parallel = { ...input.parallel, tensorParallelSize, dataParallelSize, enableExpertParallel, rank };
  return planCase(golden, { parallel, placement: placeRank(input.config, parallel) });
}

function slicesOf(plan: ReturnType<typeof casePlan>, index: number) {
  const group = placeGroup(plan.input.config, plan.input.parallel);
  return tensorSlices(plan, index, (rank) => rankOf(group, rank));
}

const setUps = [
  [2, 1, false],
  [2, 2, false],
  [2, 1, true],
  [2, 2, true],
] as const;

describe.each(setUps)('tensor slices at tp %i, dp %i, expert parallel %s', (tp, dp, ep) => {
  it('say on every rank what the plan of that rank says', () => {
    const plans = Array.from({ length: tp * dp }, (_, rank) => casePlan(tp, dp, ep, rank));
    const [first] = plans;
    if (first === undefined) throw new Error('there is no rank');
    for (let index = 0; index < first.input.tensors.length; index++) {
      const { groups } = slicesOf(first, index);
      expect(groups.flatMap(({ ranks }) => ranks).sort((a, b) => a - b)).toEqual(plans.map((_, rank) => rank));
      for (const { ranks, outcome, parameter, slot, copies } of groups)
        for (const rank of ranks) {
          const plan = plans[rank] as (typeof plans)[number];
          expect({ outcome, parameter, slot, copies }).toEqual(pick(explainTensor(plan, index)));
        }
    }
  });
});

function pick({ outcome, parameter, slot, copies }: ReturnType<typeof explainTensor>) {
  return { outcome, parameter, slot, copies };
}

describe('an expert under expert parallelism', () => {
  it('is on one rank, and the others are one group with a sentence that names them', () => {
    const plan = casePlan(4, 1, true, 2);
    const expertOfMtpLayer = `.${plan.input.config.numHiddenLayers}.mlp.experts.0.gate_proj.weight`;
    const index = plan.input.tensors.findIndex(({ name }) => name.endsWith(expertOfMtpLayer));
    const { groups, numRanks } = slicesOf(plan, index);
    expect(numRanks).toBe(4);
    expect(groups.map(({ ranks, outcome }) => ({ ranks, outcome }))).toEqual([
      { ranks: [0], outcome: 'loaded' },
      { ranks: [1, 2, 3], outcome: 'skipped' },
    ]);
    expect(groups[1]?.summary).toBe('Skipped: expert 0 is not on ranks 1 to 3 of 4.');
  });
});
