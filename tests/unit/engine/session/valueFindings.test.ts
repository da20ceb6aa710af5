import { afterEach, describe, expect, it } from 'vitest';
import type { ValuesProgress } from '../../../../electron/common/contract.ts';
import type { Tensor } from '../../../../electron/common/domain.ts';
import { valuesProgressSchema } from '../../../../electron/common/schemas/values.ts';
import { type Checkpoint, openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { readTensorRanges } from '../../../../electron/engine/checkpoint/tensorBytes.ts';
import { defaultBudget } from '../../../../electron/engine/session/findings/values/readingPlan.ts';
import { valueFindings } from '../../../../electron/engine/session/findings/values/valueFindings.ts';
import type { ReadOptions } from '../../../../electron/engine/session/findings/values/valueReader.ts';
import { Session } from '../../../../electron/engine/session/session.ts';
import { brokenCheckpoint, damage } from '../../../support/brokenCheckpoints.ts';
import type { TestTensor } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';
import { valued } from '../../../support/valueFixtures.ts';

const few = { budget: { tensorBytes: 1024, totalBytes: 64 * 1024 } };

async function findingsIn(folder: string, options: Partial<ReadOptions> = {}) {
  return valueFindings(await openCheckpoint(folder), { budget: defaultBudget, ...options });
}

async function found(change: (all: TestTensor[]) => TestTensor[], options: Partial<ReadOptions> = {}, fp8 = false) {
  return (await findingsIn(brokenCheckpoint({ change, fp8 }), options)).map(({ code, severity, sentence }) => ({
    code,
    severity,
    sentence,
  }));
}

const identicalCopies = { code: 'sharedCopiesIdentical', severity: 'note' };

describe('values of a healthy checkpoint', () => {
  it.each([false, true])('nothing but the note on copies (fp8: %s)', async (fp8) => {
    const all = await found(valued(), {}, fp8);
    expect(all).toMatchObject([identicalCopies]);
    expect(all[0]?.sentence).toContain('32.8 kB');
  });

  it('zeros in a correction bias mean nothing', async () => {
    expect(await found(valued(/e_score_correction_bias/, () => 0))).toMatchObject([identicalCopies]);
  });
});

describe('odd values', () => {
  it.each<[string, boolean, RegExp, (at: number) => number, object, RegExp]>([
    [
      'NaN in a projection',
      false,
      /eh_proj/,
      (at) => (at === 300 ? Number.NaN : at / 9),
      { code: 'nonFiniteValues', severity: 'silent' },
      /eh_proj\.weight holds 1 NaN among 32,768 values, first NaN at row 1, column 44;/,
    ],
    [
      'a NaN byte of fp8',
      true,
      /layers\.1\.self_attn\.o_proj\.weight$/,
      (at) => (at === 5 ? 0xff : 0x21 + (at % 5)),
      { code: 'nonFiniteValues', severity: 'silent' },
      /o_proj\.weight holds 1 NaN .*fp8 byte/,
    ],
    [
      'Inf in a scale',
      true,
      /layers\.1\..*experts\.2\.up_proj\.weight_scale_inv/,
      () => Number.POSITIVE_INFINITY,
      { code: 'nonFiniteValues', severity: 'silent' },
      /experts\.2\.up_proj\.weight_scale_inv holds 1 Inf/,
    ],
    [
      'NaN in the target',
      false,
      /layers\.0\.mlp\.up_proj/,
      () => Number.NaN,
      { code: 'nonFiniteValues', severity: 'silent' },
      /layers\.0\.mlp\.up_proj/,
    ],
    [
      'a norm of zeros',
      false,
      /hnorm/,
      () => 0,
      { code: 'allZero', severity: 'silent' },
      /hnorm\.weight is zero throughout/,
    ],
    [
      'zeros in the target',
      false,
      /layers\.0\.mlp\.up_proj/,
      () => 0,
      { code: 'allZero', severity: 'warning' },
      /zero throughout/,
    ],
    [
      'a constant projection',
      false,
      /eh_proj/,
      () => 0.5,
      { code: 'constantValues', severity: 'warning' },
      /single value throughout \(0\.5\)/,
    ],
    ['a constant norm', false, /enorm/, () => 0.5, { code: 'constantValues', severity: 'warning' }, /enorm/],
    [
      'norms at 1',
      false,
      /(enorm|hnorm)/,
      () => 1,
      { code: 'normsAtOne', severity: 'note' },
      /enorm\.weight and .*hnorm\.weight are exactly 1/,
    ],
    [
      'a huge scale',
      true,
      /layers\.1\..*o_proj\.weight_scale_inv/,
      () => 2 ** 70,
      { code: 'scalesOutOfRange', severity: 'silent' },
      /1e-18 to 10,000: up to 1\.18059e\+21/,
    ],
    [
      'a negative scale',
      true,
      /layers\.1\..*o_proj\.weight_scale_inv/,
      () => -0.5,
      { code: 'scalesOutOfRange', severity: 'silent' },
      /1 negative, down to -0\.5/,
    ],
    [
      'a vanishing scale',
      true,
      /layers\.1\..*o_proj\.weight_scale_inv/,
      () => 2 ** -100,
      { code: 'scalesOutOfRange', severity: 'warning' },
      /as small as 7\.88861e-31/,
    ],
    [
      'a huge scale in the target',
      true,
      /layers\.0\..*o_proj\.weight_scale_inv/,
      () => 2 ** 70,
      { code: 'scalesOutOfRange', severity: 'warning' },
      /likely wrong/,
    ],
  ])('%s', async (_, fp8, pattern, valueAt, expected, sentence) => {
    const [first, ...others] = (await found(valued(pattern, valueAt), {}, fp8)).sort(
      (a, b) => Number(a.code === identicalCopies.code) - Number(b.code === identicalCopies.code),
    );
    expect(first).toMatchObject(expected);
    expect(first?.sentence).toMatch(sentence);
    expect(others).toMatchObject([identicalCopies]);
  });

  it('NaN in an embedding that the reference replaces is a warning', async () => {
    const all = await found(valued(/layers\.1\.embed_tokens/, () => Number.NaN));
    expect(all).toContainEqual(expect.objectContaining({ code: 'nonFiniteValues', severity: 'warning' }));
  });
});

describe('copies of embedding and head', () => {
  const other = valued(/shared_head\.head/, (at) => (at === 129 ? 0.5 : 0.01 + (at % 97) / 1000));

  it('a whole read says identical, and where they differ', async () => {
    const all = await found(other);
    expect(all).toMatchObject([{ code: 'sharedCopiesDiffer', severity: 'silent' }, identicalCopies]);
    expect(all[0]?.sentence).toMatch(
      /shared_head\.head\.weight and lm_head\.weight differ, 0\.5 against .* row 1, column 1;/,
    );
  });

  it('a sample says that no difference was found, never identical', async () => {
    const all = await found(valued(), few);
    expect(all).toMatchObject([{ code: 'sharedCopiesNoDifference' }, { code: 'valuesSampled' }]);
    expect(all[0]?.sentence).toMatch(/no difference found \(sampled: 2,048 bytes of 32\.8 kB\)/);
    expect(all.map(({ sentence }) => sentence).join()).not.toContain('identical');
  });

  const wider = (differs: boolean) => (all: TestTensor[]) =>
    valued(/shared_head\.head/, (at) => (differs && at === 5 ? 0.5 : 0.01 + (at % 97) / 1000))(
      all.map((tensor) => (/shared_head\.head/.test(tensor.name) ? { ...tensor, dtype: 'F32' as const } : tensor)),
    );

  it.each([
    ['as far as it is read', {}, /\(all 32\.8 kB; as numbers, F32 against BF16, but for rounding\)/],
    ['in whole', { budget: null }, /\(all 32\.8 kB; as numbers/],
    ['in a sample', few, /\(sampled: \d,\d{3} bytes of 49\.2 kB; as numbers/],
  ])('a copy of another type is compared as numbers, %s', async (_, options, how) => {
    const same = await found(wider(false), options);
    expect(same.map(({ severity }) => severity)).not.toContain('silent');
    expect(same.find(({ code }) => code === 'sharedCopiesNoDifference')?.sentence).toMatch(how);
    const other = await found(wider(true), options);
    expect(other.find(({ code }) => code === 'sharedCopiesDiffer')?.sentence).toMatch(
      /differ, 0\.5 against .* row 0, column 5;/,
    );
  });

  it('a difference at the very end is in the sample, one between its pieces is not', async () => {
    const last = 64 * 128 - 1;
    const changed = (element: number) =>
      found(
        valued(/shared_head\.head/, (at) => (at === element ? 0.5 : 0.01 + (at % 97) / 1000)),
        few,
      );
    expect(await changed(last)).toContainEqual(
      expect.objectContaining({ code: 'sharedCopiesDiffer', severity: 'silent' }),
    );
    expect((await changed(4000)).map(({ code }) => code)).toEqual(['sharedCopiesNoDifference', 'valuesSampled']);
  });

  it('everything read finds what the sample missed', async () => {
    const all = await found(
      valued(/shared_head\.head/, (at) => (at === 4000 ? 0.5 : 0.01 + (at % 97) / 1000)),
      { budget: null },
    );
    expect(all).toMatchObject([{ code: 'sharedCopiesDiffer' }, identicalCopies]);
  });
});

describe('what is read', () => {
  async function counted(checkpoint: Checkpoint, options: Pick<ReadOptions, 'budget'>) {
    const bytes = new Map<string, number>();
    const last = new Set<string>();
    await valueFindings(checkpoint, {
      ...options,
      readRanges: (tensor: Tensor, ranges) => {
        const read = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
        bytes.set(tensor.name, (bytes.get(tensor.name) ?? 0) + read);
        if (ranges.at(-1)?.end === tensor.end - tensor.begin) last.add(tensor.name);
        return readTensorRanges(checkpoint, tensor, ranges);
      },
    });
    return { bytes, last, total: [...bytes.values()].reduce((sum, read) => sum + read, 0) };
  }

  it('keeps to the budget of a tensor and of all, MTP tensors first, ends included', async () => {
    const checkpoint = await openCheckpoint(brokenCheckpoint({ change: valued() }));
    const budget = { tensorBytes: 2048, totalBytes: 60_000 };
    const { bytes, last, total } = await counted(checkpoint, { budget });
    expect(total).toBeLessThanOrEqual(budget.totalBytes);
    expect(Math.max(...bytes.values())).toBeLessThanOrEqual(budget.tensorBytes);
    const drafting = checkpoint.tensors.filter(({ name }) => /^model\.layers\.1\./.test(name));
    expect(drafting.filter(({ name }) => !bytes.has(name))).toEqual([]);
    expect([...bytes.keys()].filter((name) => !last.has(name))).toEqual([]);
  });

  it('everything means every byte, in pieces', async () => {
    const checkpoint = await openCheckpoint(brokenCheckpoint({ change: valued() }));
    const { bytes } = await counted(checkpoint, { budget: null });
    for (const { name, begin, end } of checkpoint.tensors) expect(bytes.get(name)).toBeGreaterThanOrEqual(end - begin);
  });

  it('a file that is gone is a note, and the others are read', async () => {
    const folder = brokenCheckpoint({ change: valued(/lm_head/, () => Number.NaN), mtpFile: true });
    const checkpoint = await openCheckpoint(folder);
    damage.remove('mtp.safetensors')(folder);
    const all = await valueFindings(checkpoint, { budget: defaultBudget });
    expect(all.map(({ code }) => code)).toEqual(['nonFiniteValues', 'valuesNotRead']);
    expect(all[1]?.sentence).toContain('mtp.safetensors');
  });

  it('ends when it is told to', async () => {
    const abort = new AbortController();
    abort.abort(new Error('stop'));
    await expect(findingsIn(brokenCheckpoint({ change: valued() }), { signal: abort.signal })).rejects.toThrow('stop');
  });
});

describe('files without values', () => {
  const nothing = valued(/./, () => 0);

  it('a stand-in is one warning', async () => {
    const all = await found(nothing, { allocatedBytes: async () => 0 });
    expect(all).toMatchObject([{ code: 'zeroFiles', severity: 'warning' }]);
    expect(all[0]?.sentence).toMatch(/^All 1 file has headers and no value but zero \(sampled\)/);
  });

  it('zeros that were written are worse', async () => {
    const all = await found(nothing, { allocatedBytes: async () => 1e9 });
    expect(all).toMatchObject([{ code: 'zeroFiles', severity: 'silent' }]);
  });

  it('one of several files is a download that broke off', async () => {
    const folder = brokenCheckpoint({ change: valued(/layers\.1\./, () => 0), mtpFile: true });
    const all = await findingsIn(folder, { allocatedBytes: async (path) => (path.includes('mtp.') ? 0 : 1e9) });
    expect(all).toMatchObject([{ code: 'zeroFiles', severity: 'silent' }]);
    expect(all[0]?.sentence).toContain('mtp.safetensors (1 of 2 files)');
  });
});

describe('session', () => {
  const plans: number[] = [];
  const looks: ValuesProgress[] = [];
  const session = new Session({
    addonPath: '',
    version: '',
    checksValues: true,
    emit: (event, payload) => {
      if (event === 'plan.ready' && 'findings' in payload) plans.push(payload.findings.length);
      if (event === 'values.progress') looks.push(payload as ValuesProgress);
    },
    emitStep: () => undefined,
  });
  afterEach(() => {
    session.close();
    looks.length = 0;
  });

  it('tells of the plan again when values were looked at, and keeps what it found for other set-ups', async () => {
    const folder = brokenCheckpoint({ change: valued(/eh_proj/, () => Number.NaN) });
    await session.open(folder);
    await expect.poll(() => plans.length).toBe(2);
    expect(plans[1]).toBeGreaterThan(plans[0] as number);
    const { parallel } = await session.checkValues();
    expect(session.makePlan({ ...parallel, tensorParallelSize: 2 }).verdict.sentence).toContain('eh_proj');
  });

  it('tells how far the look has come, first and last, and of the files', async () => {
    await session.open(brokenCheckpoint({ change: valued() }));
    await expect.poll(() => looks.at(-1)?.status).toBe('done');
    const [first, last] = [looks[0], looks.at(-1)];
    expect(first).toMatchObject({ status: 'reading', bytesRead: 0, filesRead: 0 });
    expect(last?.bytesRead).toBe(last?.bytesTotal);
    expect(last?.bytesTotal).toBeGreaterThan(0);
    expect([last?.filesRead, last?.files]).toEqual([1, 1]);
    expect(looks.every((look) => valuesProgressSchema.safeParse(look).success)).toBe(true);
  });

  it('stops looking when another checkpoint is opened', async () => {
    await session.open(brokenCheckpoint({ change: valued() }));
    const checking = session.checkValues().catch((error: unknown) => error);
    await session.open(brokenCheckpoint({ change: valued() }));
    expect(await checking).toMatchObject({ failure: { code: 'cancelled' } });
    // The one that the opening began, and the one that was asked for.
    await expect.poll(() => looks.filter(({ status }) => status === 'stopped').length).toBe(2);
  });
});

describe('check', () => {
  const healthy = brokenCheckpoint({ change: valued() });
  const broken = brokenCheckpoint({ change: valued(/hnorm/, () => Number.NaN) });

  it.each([[], ['--read-all']])('exits 0 without a grave value, 1 with one %s', async (...options) => {
    const good = await cliRun('check', healthy, '--json', ...options);
    expect([good.code, good.err]).toEqual([0, '']);
    const bad = await cliRun('check', broken, '--json', ...options);
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out).findings[0]).toMatchObject({ code: 'nonFiniteValues', severity: 'silent' });
  });

  it('knows --read-all for itself alone', async () => {
    const run = await cliRun('plan', healthy, '--read-all');
    expect(run.code).toBe(2);
    expect(run.err).toContain('--read-all belongs to "check"');
  });
});
