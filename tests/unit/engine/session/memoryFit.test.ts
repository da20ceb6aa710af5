import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { singleRank } from '../../../../electron/common/domain.ts';
import { FailureError } from '../../../../electron/common/failure.ts';
import { memoryNeedSchema } from '../../../../electron/common/schemas/device.ts';
import { type Checkpoint, openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { refuseTooLarge, sizeText } from '../../../../electron/engine/session/memoryFit.ts';
import { memoryNeed, needOfRanks, needToRun, smallerRank } from '../../../../electron/engine/session/memoryNeed.ts';
import { draftPlan } from '../../../../electron/engine/session/plans.ts';
import { planWeights } from '../../../../electron/engine/session/weightPlan.ts';

const demo = fileURLToPath(new URL('../../../../assets/demo-model', import.meta.url));
let checkpoint: Checkpoint;
beforeAll(async () => {
  checkpoint = await openCheckpoint(demo);
});

/** Two layers, an embedding and a head each: 2048 rows of 256 bf16. */
const ownTables = 4 * 2048 * 256 * 2;

const setups = [
  singleRank,
  { ...singleRank, tensorParallelSize: 2 },
  { ...singleRank, tensorParallelSize: 2, dataParallelSize: 2, enableExpertParallel: true },
  { ...singleRank, dataParallelSize: 3, enableExpertParallel: true },
];

const need = (parallel = singleRank, sharesTables = false) => {
  const needs = needOfRanks(checkpoint, parallel, sharesTables);
  if (typeof needs === 'string') throw new Error(needs);
  return needs;
};
const failureOf = (run: () => void) => {
  try {
    run();
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
  }
  throw new Error('it was not refused');
};

describe('what a rank needs', () => {
  it.each([false, true].flatMap((sharesTables) => setups.map((parallel) => ({ sharesTables, parallel }))))(
    'is what a load of it allocates, to the byte, on every rank: %j',
    ({ sharesTables, parallel }) => {
      const needs = need(parallel, sharesTables);
      const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
      expect(needs.flatMap((group) => group.ranks).sort((a, b) => a - b)).toEqual([...Array(ranks).keys()]);
      for (const { ranks: same, total, byKind, target, drafter, ownTables } of needs) {
        expect(byKind.reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
        expect(target + drafter).toBe(total);
        for (const rank of same) {
          const plan = planWeights(checkpoint, draftPlan(checkpoint, { ...parallel, rank }), sharesTables);
          expect(plan.parameterBytes).toBe(total);
          expect(plan.ownTableBytes).toBe(ownTables);
        }
      }
    },
  );

  it('counts embedding and head that MTP layers bring along, and leaves them out where they are shared', () => {
    const [own] = need();
    const [shared] = need(singleRank, true);
    expect(own?.ownTables).toBe(ownTables);
    expect(shared).toMatchObject({ ownTables, target: own?.target, total: (own?.total ?? 0) - ownTables });
  });

  it('is a sentence where the model cannot be built', () => {
    expect(needOfRanks(checkpoint, { ...singleRank, tensorParallelSize: 1024 }, false)).toMatch(
      /can't build the model: /,
    );
    const other = { ...checkpoint, config: { ...checkpoint.config, modelType: 'qwen3_next' } };
    expect(needOfRanks(other, singleRank, false)).toMatch(/qwen3_next/);
  });
});

describe('what fits', () => {
  it('finds the smallest number of ranks', () => {
    const [whole] = need();
    const found = smallerRank(checkpoint, singleRank, false, (whole?.total ?? 0) - 1);
    expect(found?.ranks).toBe(2);
    const wide = smallerRank(checkpoint, singleRank, false, (found?.bytes ?? 0) - 1);
    expect(wide?.ranks).toBe(4);
    expect(wide?.bytes).toBeLessThan(found?.bytes ?? 0);
    expect(Math.max(...need(wide?.parallel).map(({ total }) => total))).toBe(wide?.bytes);
    expect(smallerRank(checkpoint, singleRank, false, 1000)).toBeNull();
  });

  it('tells all of it in a shape the contract takes, per device', () => {
    const [whole] = need();
    const told = memoryNeed(checkpoint, 7, singleRank, false, [
      { id: 'cpu', free: 1e12 },
      { id: 'cuda:0', free: (whole?.total ?? 0) - 1 },
      { id: 'cuda:1', free: 0 },
    ]);
    expect(memoryNeedSchema.parse(told)).toEqual(told);
    expect(told.devices.map(({ smaller }) => smaller?.ranks ?? null)).toEqual([null, 2, null]);
    expect(told.run?.weights).toBe(whole?.total);
    expect(told.run?.rows).toBe(Math.min(4096, checkpoint.config.maxPositionEmbeddings));
  });

  it('says why it cannot run, and keeps the sum of the ranks', () => {
    const sparse = { ...checkpoint, config: { ...checkpoint.config, kvLoraRank: null } };
    const told = memoryNeed(sparse, 1, singleRank, false, []);
    expect(told.run).toBeNull();
    expect(told.notRunnable).toMatch(/kv_lora_rank is null/);
  });
});

describe('the refusal', () => {
  const weights = () => need()[0]?.total ?? 0;
  const whole = () => ({ weights: weights(), ownTables, sharesTables: false });

  it('is none where it fits to the byte, or where nobody knows what is free', () => {
    refuseTooLarge(checkpoint, singleRank, { ...whole(), run: null }, weights());
    refuseTooLarge(checkpoint, singleRank, { ...whole(), run: null }, 0);
  });

  it('names the sum, what is free, and what would fit', () => {
    const free = weights() - 1;
    const failure = failureOf(() => refuseTooLarge(checkpoint, singleRank, { ...whole(), run: null }, free));
    expect(failure.code).toBe('outOfMemory');
    expect(failure.message).toContain(`Rank 0 of 1 needs ${sizeText(weights())}`);
    expect(failure.message).toContain(`${sizeText(free)} are free`);
    expect(failure.hint).toContain(`would be ${sizeText(weights() - ownTables)}, which would fit`);
    expect(failure.hint).toContain('--share-embed-head');
    expect(failure.hint).toContain('one of 2 ranks (tensor-parallel size 2, expert parallelism) needs');
  });

  it('counts caches and activations when it is to run, and offers fewer tokens where weights alone fit', () => {
    const run = needToRun(checkpoint, weights(), 2000);
    expect(run.total).toBe(run.weights + run.cache + run.activations);
    const failure = failureOf(() => refuseTooLarge(checkpoint, singleRank, { ...whole(), run }, run.total - 1));
    expect(failure.message).toContain('KV cache of 2000 tokens');
    expect(failure.hint).toContain('ask for fewer tokens');
    expect(needToRun(checkpoint, weights(), 4000).cache).toBe(2 * run.cache);
  });

  it('does not offer to share what is shared already', () => {
    const shared = { weights: weights() - ownTables, ownTables, sharesTables: true, run: null };
    refuseTooLarge(checkpoint, singleRank, shared, shared.weights);
    const failure = failureOf(() => refuseTooLarge(checkpoint, singleRank, shared, shared.weights - 1));
    expect(failure.message).toContain(sizeText(shared.weights));
    expect(failure.hint).not.toContain('--share-embed-head');
    const [, parts = ''] = /\((.*)\), and/.exec(failure.message) ?? [];
    expect(parts).not.toBe('');
  });

  it('offers no more than there is', () => {
    const failure = failureOf(() => refuseTooLarge(checkpoint, singleRank, { ...whole(), run: null }, 1000));
    expect(failure.hint).toContain('does not fit either');
    expect(failure.hint).toContain('one of 1024 ranks does not fit either');
  });
});
