/** explain: one rank, all ranks, and a name that is not there. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../../electron/cli/nearestNames.ts';
import { cliRun } from '../../support/cliRun.ts';

const demo = fileURLToPath(new URL('../../../assets/demo-model', import.meta.url));
const up = 'model.layers.4.mlp.experts.9.up_proj.weight';

describe('explain', () => {
  it('tells every rank of the set-up', async () => {
    const { code, out } = await cliRun('explain', demo, up, '-tp', '2', '-ep', '--all-ranks');
    expect(code).toBe(0);
    expect(out).toMatch(/rank 0 of 2: Skipped: expert 9 is not on rank 0/);
    expect(out).toMatch(/rank 1 of 2: Loaded into .*w13_weight.* -> \[1:2, /);
    const json = JSON.parse((await cliRun('explain', demo, up, '-tp', '2', '-ep', '--all-ranks', '--json')).out);
    expect(json.ranks.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['skipped', 'loaded']);
    expect(json.reference).toMatch(/^vLLM v0\.16\.0/);
    expect((await cliRun('plan', demo, '--all-ranks')).code).toBe(2);
  });

  it('names the nearest tensors when there is none of the name', async () => {
    const { code, err } = await cliRun('explain', demo, 'model.layers.4.mlp.experts.9.up_proj.wieght');
    expect(code).toBe(2);
    expect(err).toContain(`Did you mean ${up}`);
  });
});

describe('nearestNames', () => {
  it('finds nothing where nothing is near', () => {
    expect(nearestNames(['a.b.c'], 'x.y.z')).toEqual([]);
    expect(nearestNames(['a.b.c', 'a.b.d'], 'b.d')).toEqual(['a.b.d']);
  });
});
