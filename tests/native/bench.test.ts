/** native_bench in small sizes: that it runs through, measures every line, and that a wrong call is refused. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../scripts/project.mjs';
import { unpackNumerics } from '../../scripts/unpackNumerics.mjs';
import { addonPath, ScratchFolder } from './nativeSupport.ts';

const build = dirname(addonPath);
const emulation = join(build, 'libdraftscope_cuda_on_host.so');

function run(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(join(build, 'native_bench'), options, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

/** Rows of the table by name: [error, micros, MB, GB/s]. */
function tableOf(text: string): Map<string, (number | null)[]> {
  const rows = text.matchAll(/^(\S.*?) {2,}(-|[\d.]+e[+-]\d+|inf|nan) +([\d.]+) +([\d.]+) +([\d.]+) +\d+%$/gm);
  return new Map([...rows].map(([, name = '', ...cells]) => [name, cells.map((c) => (c === '-' ? null : Number(c)))]));
}

let scratch: ScratchFolder;
beforeAll(() => {
  scratch = new ScratchFolder();
});
afterAll(() => scratch.dispose());

const kernels = [
  'embed_rows',
  'rms_norm',
  'add',
  'silu_mul',
  'rope',
  'matmul',
  'mla_attention',
  'moe_route',
  'moe_ffn',
];
const wanted = [...kernels, 'top_logits', 'statistics', 'draft step', 'load'];

describe('native_bench --quick', () => {
  it('times every kernel, a checkpoint, a draft step and a load on the CPU, against plain loops and what is expected', () => {
    const numerics = unpackNumerics(scratch.path, [], ['bf16-all-dense', 'fp8-noq-some-plain']);
    const { status, stdout, stderr } = run('--quick', '--backend', 'cpu', '--numerics', numerics);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const table = tableOf(stdout);
    for (const name of wanted) expect([...table.keys()].filter((row) => row.startsWith(name))).not.toEqual([]);
    expect([...table.keys()]).toEqual(expect.arrayContaining(['bf16-all-dense', 'fp8-noq-some-plain']));
    for (const [name, [error, micros]] of table) {
      if (/^(draft step|load)/.test(name)) expect(error, name).toBeNull();
      else expect(error ?? Number.NaN, name).toBeLessThan(1e-4);
      expect(micros, name).toBeGreaterThan(0);
    }
    expect(Number(/^copy bandwidth: ([\d.]+) GB\/s/m.exec(stdout)?.[1])).toBeGreaterThan(0);
    expect(Number(/floor of the draft step .*: ([\d.]+) micros/.exec(stdout)?.[1])).toBeGreaterThan(0);
  });

  it('prints the table to its end and fails when a checkpoint is out of its tolerance', () => {
    const numerics = unpackNumerics(scratch.file('spoilt'), [], ['bf16-all-dense']);
    const expected = join(numerics, 'bf16-all-dense', 'expected.safetensors');
    const bytes = readFileSync(expected);
    const length = Number(bytes.readBigUInt64LE());
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { data_offsets: [number] }>;
    const first = 8 + length + (header['main.logits']?.data_offsets[0] ?? Number.NaN);
    bytes.writeFloatLE(bytes.readFloatLE(first) + 0.5, first);
    writeFileSync(expected, bytes);
    const { status, stdout, stderr } = run('--quick', '--backend', 'cpu', '--numerics', numerics);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^out of tolerance: bf16-all-dense: main\.logits differs by 5\.00e-01/m);
    const table = tableOf(stdout);
    expect(table.get('bf16-all-dense')?.[0]).toBeCloseTo(0.5, 3);
    for (const name of wanted) expect([...table.keys()].filter((row) => row.startsWith(name))).not.toEqual([]);
  });

  const missing = existsSync(emulation) ? '' : ' (skipped: the build has no libdraftscope_cuda_on_host.so)';
  it.skipIf(missing !== '')(`compares another backend with the CPU's results${missing}`, () => {
    const { status, stdout } = run('--quick', '--backend', emulation);
    expect(status).toBe(0);
    const compared = [...tableOf(stdout)].filter(([name]) => !/^(draft step|load)/.test(name));
    expect(compared.length).toBeGreaterThan(kernels.length);
    for (const [name, [error]] of compared) expect(error ?? Number.NaN, name).toBeLessThan(1e-5);
  });

  it.skipIf(missing !== '')(`fails when a kernel is out of the tolerance${missing}`, () => {
    const { status, stdout, stderr } = run('--quick', '--backend', emulation, '--tolerance', '0');
    expect(status).toBe(1);
    const inexact = [...tableOf(stdout)].filter(([, [error]]) => (error ?? 0) > 0).map(([name]) => name);
    expect(inexact).not.toEqual([]);
    const told = [...stderr.matchAll(/^out of tolerance: (.*?): /gm)].map(([, name]) => name);
    expect(told).toEqual(inexact);
  });

  it('measures the CPU, and CUDA where there is a device', () => {
    const { status, stdout } = run('--quick');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cpu: /m);
    expect(stdout).toMatch(/^cuda: /m);
  });

  it('stops at a folder without expected results', () => {
    const { status, stderr } = run('--quick', '--backend', 'cpu', '--numerics', build);
    expect(status).toBe(1);
    expect(stderr).toMatch(/no folder in .* has an expected\.safetensors/);
  });

  it.each([
    [['--fast'], /--fast is not understood/],
    [['--backend'], /--backend is not understood/],
    [['--tolerance', '-1'], /--tolerance is not understood/],
    [['--tolerance', '1e-4x'], /--tolerance is not understood/],
    [['--backend', 'nowhere.so'], /cannot open the backend library/],
  ])('refuses %j', (options, words) => {
    const { status, stderr } = run(...options);
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
  });
});

it('npm run bench ends with the exit code of the benchmark', () => {
  const { status, stderr } = spawnSync(process.execPath, [inRoot('scripts/bench.mjs'), 'nowhere'], {
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/nowhere/);
  expect(status).not.toBe(0);
});
