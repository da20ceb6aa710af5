/** Element types that nobody here knows: the tensors are followed all the same, and nothing falls over them. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { openCheckpoint } from '../../../electron/engine/checkpoint/openCheckpoint.ts';
import { draftPlan } from '../../../electron/engine/session/plans.ts';
import { planWeights } from '../../../electron/engine/session/weightPlan.ts';
import { brokenCheckpoint, reshaped } from '../../support/brokenCheckpoints.ts';
import { makeFolder } from '../../support/checkpointFolder.ts';
import { cliRun } from '../../support/cliRun.ts';

const name = 'model.layers.1.hnorm.weight';
const withDtype = (pattern: RegExp, dtypeName: string) =>
  brokenCheckpoint({ fp8: true, change: reshaped(pattern, { dtypeName }) });

interface Found {
  readonly code: string;
  readonly severity: string;
  readonly sentence: string;
}

async function findingOf(folder: string): Promise<Found | undefined> {
  const { out } = await cliRun('check', folder, '--json', '--read-all');
  return (JSON.parse(out).findings as Found[]).find(({ code }) => code === 'dtypeUnknown');
}

describe('an element type that is not read here', () => {
  it('is a warning when the format has it, a blocker when not', async () => {
    expect(await findingOf(withDtype(/model\.norm/, 'F8_E4M3FNUZ'))).toMatchObject({
      severity: 'warning',
      sentence: expect.stringContaining('"F8_E4M3FNUZ": model.norm.weight'),
    });
    expect(await findingOf(withDtype(/layers\.1\.hnorm/, 'Q9'))).toMatchObject({
      severity: 'blocker',
      sentence: expect.stringMatching(/"Q9", so the reference cannot read model\.safetensors: .*hnorm/),
    });
    expect(await findingOf(withDtype(/nothing/, 'Q9'))).toBeUndefined();
  });

  it('where the weight is unquantised by the config, the values are said to be wrong', async () => {
    const { code, out } = await cliRun('check', withDtype(/layers\.1\.hnorm/, 'F4'));
    expect(code).toBe(1);
    expect(out).toMatch(/storedQuantized: .*stored as F4, .*taken as F4 without its scale/);
  });

  it('stays in the plan, its story and a headers file by its own name and size', async () => {
    const folder = withDtype(/layers\.1\.hnorm/, 'F4');
    const out = join(makeFolder(), 'x.headers');
    expect((await cliRun('headers', folder, '--out', out)).code).toBe(0);
    const [ofFolder, ofFile] = await Promise.all([folder, out].map((path) => cliRun('plan', path, '--json')));
    const planned = JSON.parse(ofFolder?.out ?? '');
    expect(planned.tensors).toContainEqual({ name, dtype: 'F4', shape: [128] });
    const fromFile = JSON.parse(ofFile?.out ?? '');
    expect(fromFile.tensors).toEqual(planned.tensors);
    expect(fromFile.draftscope.memory).toEqual(planned.draftscope.memory);
    expect((await cliRun('explain', folder, name)).code).toBe(0);
  });

  it('is not loaded', async () => {
    const checkpoint = await openCheckpoint(withDtype(/model\.norm/, 'F8_E4M3FNUZ'));
    expect(() => planWeights(checkpoint, draftPlan(checkpoint, singleRank))).toThrow(
      /model\.norm\.weight is stored as F8_E4M3FNUZ/,
    );
  });
});
