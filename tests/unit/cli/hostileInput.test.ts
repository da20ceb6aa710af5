/** What the command line says to input that is wrong in every way: one sentence, a hint, exit code 2, and never a stack. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reference } from '../../../electron/common/domain.ts';
import { maxJsonDepth } from '../../../electron/engine/checkpoint/jsonDepth.ts';
import { brokenCheckpoint } from '../../support/brokenCheckpoints.ts';
import { makeFolder, testConfig, writeJson } from '../../support/checkpointFolder.ts';
import { type CliRun, cliRun } from '../../support/cliRun.ts';

function expectRefused(run: CliRun, words: RegExp): void {
  expect(run.code, run.err).toBe(2);
  expect(run.err).toMatch(words);
  expect(run.err).toMatch(/^draftscope: [^\n]+\n( {2}[^\n]+\n)?$/);
}

const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

/** A checkpoint whose config.json has one more key, given as text. */
function withKey(text: string): string {
  return brokenCheckpoint({
    after: (folder) => {
      const path = join(folder, 'config.json');
      writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd().slice(0, -1)},"more":${text}}`);
    },
  });
}

describe('options', () => {
  const folder = brokenCheckpoint({});
  it.each<[string[], RegExp]>([
    [['plan', folder, '-tp', '-1'], /--tensor-parallel-size takes a whole number from 1 to 1024, not "-1"/],
    [['plan', folder, '--rank', '-0.5'], /--rank takes a whole number from 0, not "-0.5"/],
    [['plan', folder, '-dp', '1e308'], /not "1e308"/],
    [['generate', folder, '--prompt', 'x', '--temperature', '-1'], /--temperature takes a number from 0 to 100/],
    [['forward', folder, '--ids', '-1', '--out', 'x'], /--ids takes a whole number from 0, not "-1"/],
    [['plan', folder, '--threads', '2'], /--threads belongs to "load", "generate" and "forward", not to "plan"/],
    [['explain', folder, ''], /needs the name of a tensor/],
    [['plan', '--tensors', ''], /--tensors needs the path of a case file/],
    [['check', folder, '--bogus'], /Unknown option '--bogus'/],
    [[], /A command is missing/],
  ])('%j', async (argv, words) => {
    expectRefused(await cliRun(...argv), words);
  });

  it('a text that begins with a dash and a letter is no number', async () => {
    expectRefused(await cliRun('generate', folder, '--prompt', '-x'), /ambiguous|argument missing/);
  });
});

describe('--json', () => {
  it.each([
    [['check', join(makeFolder(), 'gone'), '--json'], 'folderNotFound'],
    [['plan', '--tensors', 'gone.json', '--json'], 'badOption'],
    [['load', makeFolder(), '--json'], 'notACheckpoint'],
    [['--json'], 'badOption'],
  ])('gives JSON on a failure too: %j', async (argv, code) => {
    const run = await cliRun(...argv);
    expect(run.code).toBe(2);
    expect(JSON.parse(run.out)).toEqual({
      reference,
      newer_versions: expect.arrayContaining([expect.stringMatching(/v0\.17\.0.*raises ValueError/)]),
      failure: expect.objectContaining({ code, message: expect.any(String), hint: expect.any(String) }),
    });
    expect(run.err).toMatch(/^draftscope: /);
  });
});

describe('files', () => {
  it('of another format are named where there are no others', async () => {
    const folder = makeFolder();
    writeJson(folder, 'config.json', testConfig);
    writeFileSync(join(folder, 'training_args.bin'), 'x');
    expectRefused(await cliRun('check', folder), /no \.safetensors file\. Download/);
    writeFileSync(join(folder, 'pytorch_model-00001-of-00002.bin'), 'x');
    expectRefused(await cliRun('check', folder), /weights are in pytorch_model-00001-of-00002\.bin, which/);
    writeFileSync(join(folder, 'pytorch_model-00002-of-00002.bin'), 'x');
    expectRefused(await cliRun('plan', folder, '--json'), /00001-of-00002\.bin and 1 more.*tensor by tensor/);
  });

  it('nested without end are refused, and those that are merely deep are not', async () => {
    expect((await cliRun('plan', withKey(nested(maxJsonDepth - 1)), '--json')).code).toBe(0);
    for (const levels of [maxJsonDepth, 100_000]) {
      const folder = withKey(nested(levels));
      for (const argv of [
        ['check', folder],
        ['plan', folder, '--json'],
        ['headers', folder, '--out', join(makeFolder(), 'x')],
      ])
        expectRefused(await cliRun(...argv), /config\.json is nested more than 64 levels deep/);
    }
    const file = join(makeFolder(), 'case.json');
    writeFileSync(file, `{"config":${nested(100_000)},"tensors":[]}`);
    expectRefused(await cliRun('plan', '--tensors', file, '--json'), /case is nested more than 64 levels/);
  });

  it.skipIf(process.platform === 'win32')('that are pipes or folders hold nobody up', async () => {
    const folder = makeFolder();
    execFileSync('mkfifo', [join(folder, 'case')]);
    expectRefused(await cliRun('plan', '--tensors', join(folder, 'case')), /The case is not a regular file/);
    expectRefused(await cliRun('plan', '--tensors', folder), /The case is not a regular file/);
    expectRefused(await cliRun('plan', '--tensors', join(folder, 'gone')), /could not be read \(ENOENT\)/);
    const indexed = brokenCheckpoint({
      after: (where) => {
        rmSync(join(where, 'model.safetensors.index.json'));
        mkdirSync(join(where, 'model.safetensors.index.json'));
      },
    });
    const { code, out } = await cliRun('check', indexed);
    expect(code).toBe(1);
    expect(out).toContain('model.safetensors.index.json is not a regular file.');
  });

  it.skipIf(process.platform === 'win32')('that lead in a circle are told apart from absent ones', async () => {
    const folder = makeFolder();
    symlinkSync('b', join(folder, 'a'));
    symlinkSync('a', join(folder, 'b'));
    expectRefused(await cliRun('check', join(folder, 'a')), /The folder can't be read \(ELOOP\)/);
    expectRefused(await cliRun('check', join(folder, 'c')), /There is no such folder/);
  });

  it('with names that a terminal or a page would obey are shown as text', async () => {
    const name = '\u001b[31mmodel.<script>\u0007';
    const folder = brokenCheckpoint({ change: (all) => [...all, { name, shape: [1] }] });
    for (const argv of [
      ['check', folder],
      ['plan', folder],
      ['explain', folder, name],
      ['explain', folder, `${name}x`],
    ]) {
      const { out, err } = await cliRun(...argv);
      expect(`${out}${err}`).toContain('\\x1b[31m');
      expect(`${out}${err}`).not.toContain('\u001b');
    }
  });

  it('with a config that is no UTF-8 or no object', async () => {
    for (const [bytes, words] of [
      [Buffer.from([0xff, 0xfe, 0x7b]), /not valid JSON/],
      [Buffer.from('[1]'), /not a JSON object/],
      [Buffer.from(''), /not valid JSON/],
    ] as const) {
      const folder = makeFolder();
      writeJson(folder, 'config.json', testConfig);
      writeFileSync(join(folder, 'config.json'), bytes);
      expectRefused(await cliRun('check', folder), words);
    }
  });
});
