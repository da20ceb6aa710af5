import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteKinds } from '../../../electron/common/schemas/placement.ts';
import { cliRun } from '../../support/cliRun.ts';

const demo = join(import.meta.dirname, '../../../assets/demo-model');

async function allRanks(...options: string[]) {
  const { code, out } = await cliRun('plan', demo, '--json', ...options);
  expect(code).toBe(0);
  return JSON.parse(out).draftscope.all_ranks;
}

interface Rank {
  readonly rank: number;
  readonly experts: number[];
  readonly drafter_bytes: Record<string, number>;
  readonly target_bytes: Record<string, number>;
  readonly tensors: { loaded: number; on_other_ranks: number };
}

describe('draftscope.all_ranks of plan --json', () => {
  it('tells experts, bytes by kind and tensors of every rank', async () => {
    const found = await allRanks('--tensor-parallel-size', '2', '--enable-expert-parallel', '--rank', '1');
    const ranks: Rank[] = found.ranks;
    expect(ranks.map(({ rank }) => rank)).toEqual([0, 1]);
    expect(found).toMatchObject({ num_ranks: 2, use_ep: true, ep_size: 2, placement: 'linear' });
    const experts = ranks.flatMap((rank) => rank.experts);
    expect(experts).toEqual(Array.from({ length: found.logical_num_experts }, (_, expert) => expert));
    for (const { drafter_bytes, target_bytes } of ranks)
      for (const { total, ...kinds } of [drafter_bytes, target_bytes]) {
        expect(Object.keys(kinds)).toHaveLength(byteKinds.length);
        expect(Object.values(kinds).reduce((sum, bytes) => sum + bytes, 0)).toBe(total);
        expect(kinds.routed_experts).toBeGreaterThan(0);
      }
    const whole = (await allRanks()).ranks[0] as Rank;
    const [first, second] = ranks as [Rank, Rank];
    expect(first.drafter_bytes.routed_experts).toBe((whole.drafter_bytes.routed_experts ?? 0) / 2);
    expect(first.tensors.loaded).toBe(whole.tensors.loaded - first.tensors.on_other_ranks);
    expect(first.tensors.loaded).toBe(second.tensors.loaded);
  });

  it('tells replicas, and the same whatever rank is looked at', async () => {
    const options = ['-tp', '2', '-ep', '--enable-eplb', '--num-redundant-experts', '2'];
    const found = await allRanks(...options);
    expect(found.replicas.reduce((sum: number, copies: number) => sum + copies, 0)).toBe(found.global_num_experts);
    expect(found.global_num_experts).toBe(found.logical_num_experts + 2);
    expect(await allRanks(...options, '--rank', '1')).toEqual(found);
  });
});
