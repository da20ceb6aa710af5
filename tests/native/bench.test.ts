/** native_bench in small sizes: that it runs through, measures every line, and that a wrong call is refused. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addonPath } from './nativeSupport.ts';

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
  it('times every kernel, a draft step and a load on the CPU', () => {
    const { status, stdout, stderr } = run('--quick');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const table = tableOf(stdout);
    for (const name of wanted) expect([...table.keys()].filter((row) => row.startsWith(name))).not.toEqual([]);
    for (const [name, [error, micros]] of table) {
      expect(error, name).toBeNull();
      expect(micros, name).toBeGreaterThan(0);
    }
    expect(Number(/^copy bandwidth: ([\d.]+) GB\/s/m.exec(stdout)?.[1])).toBeGreaterThan(0);
    expect(Number(/floor of the draft step .*: ([\d.]+) micros/.exec(stdout)?.[1])).toBeGreaterThan(0);
  });

  const missing = existsSync(emulation) ? '' : ' (skipped: the build has no libdraftscope_cuda_on_host.so)';
  it.skipIf(missing !== '')(`compares another backend with the CPU's results${missing}`, () => {
    const { status, stdout } = run('--quick', '--backend', emulation);
    expect(status).toBe(0);
    const compared = [...tableOf(stdout)].filter(([name]) => !/^(draft step|load)/.test(name));
    expect(compared.length).toBeGreaterThan(kernels.length);
    for (const [name, [error]] of compared) expect(error ?? Number.NaN, name).toBeLessThan(1e-5);
  });

  it.each([
    [['--fast'], /--fast is not understood/],
    [['--backend'], /--backend is not understood/],
    [['--backend', 'nowhere.so'], /cannot open the backend library/],
  ])('refuses %j', (options, words) => {
    const { status, stderr } = run(...options);
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
  });
});
