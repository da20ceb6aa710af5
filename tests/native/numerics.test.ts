/** Recorded checkpoints, and those of our own, through the native tests and through `draftscope forward`: hidden states, logits, routing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../electron/cli/runCli.ts';
import { numericsCases, unpackNumerics } from '../../scripts/unpackNumerics.mjs';
import { ScratchFolder } from './nativeSupport.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cases = numericsCases();
const variants = ['mask_pos0', 'chain_postnorm', 'main_prenorm'];

/** What `forward` says of the recorded cases that the reference would refuse. */
const blockersOf: Readonly<Record<string, readonly string[]>> = {
  'f16-nocopies': ['blocker sharedCopiesAbsent', 'blocker strictCheckWouldRaise'],
  'fp8-block128': ['blocker cannotBuild', 'blocker targetWouldFail'],
};

interface Values {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

function readSafetensors(path: string): Map<string, Values> {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, Values>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = data_offsets;
    const data = new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end)).buffer;
    tensors.set(name, { dtype, shape, data: dtype === 'I32' ? new Int32Array(data) : new Float32Array(data) });
  }
  return tensors;
}

let scratch: ScratchFolder;
beforeAll(() => {
  scratch = new ScratchFolder();
  unpackNumerics(scratch.path, []);
});
afterAll(() => scratch.dispose());

async function forward(folder: string, ...more: string[]) {
  let note = '';
  const output = {
    result: () => undefined,
    note: (text: string) => {
      note += text;
    },
    interactive: false,
  };
  const code = await runCli(['forward', folder, ...more], output);
  return { code, note };
}

it('has the recorded cases and those of our own', () => {
  expect(cases.filter(({ recorded }) => recorded).length).toBeGreaterThanOrEqual(10);
  expect(cases.filter(({ recorded }) => !recorded).length).toBeGreaterThanOrEqual(15);
});

it('the native tests run every case', () => {
  const result = spawnSync(
    join(root, 'native/build/native_tests'),
    ['--numerics', scratch.path, '--filter', 'numerics'],
    { encoding: 'utf8' },
  );
  expect(result.stdout).toMatch(new RegExp(`^${cases.length} passed, 0 failed`, 'm'));
  expect(result.status).toBe(0);
});

describe.each(cases)('$name', ({ name, recorded }) => {
  it('forward writes what is expected', async () => {
    const folder = scratch.file(name);
    const expected = readSafetensors(join(folder, 'expected.safetensors'));
    const out = scratch.file(`${name}.safetensors`);
    const list = (tensor: string) => expected.get(tensor)?.data.join(',') ?? '';
    const alt = variants.flatMap((variant) => ['--alt', variant]);
    const done = await forward(
      folder,
      '--ids',
      list('input_ids'),
      '--positions',
      list('position_ids'),
      '--out',
      out,
      ...alt,
    );
    // Only what stops the reference alone is told, and computed. Tables of our own cases differ on purpose.
    const told = done.note
      .split('\n')
      .filter((line) => line !== '' && !/^note: (computed|without an index)/.test(line));
    if (recorded) expect(told.map((line) => line.split(':')[0])).toEqual(blockersOf[name] ?? []);
    expect(done.code, done.note).toBe(0);
    const actual = readSafetensors(out);
    const kept = expected.get('rows')?.data;
    expect([...actual.keys()].sort()).toEqual([...expected.keys()].filter((tensor) => tensor !== 'rows').sort());
    // float32 angles of far positions alone move the logits by more than the order of sums does.
    const tolerance = name.includes('yarn') ? 3e-3 : 2e-4;
    for (const [tensor, { dtype, shape, data }] of expected) {
      const got = actual.get(tensor);
      if (got === undefined) continue;
      expect(got.dtype, tensor).toBe(dtype);
      const width = shape[1] ?? 1;
      const rows = kept !== undefined && shape.length > 1 ? kept : null;
      if (rows === null) expect(got.shape, tensor).toEqual(shape);
      let worst = 0;
      data.forEach((value, at) => {
        const row = Math.floor(at / width);
        const there = got.data[(rows?.[row] ?? row) * width + (at % width)] ?? Number.NaN;
        const difference = Math.abs(there - value);
        worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
      });
      expect(worst, tensor).toBeLessThanOrEqual(dtype === 'I32' ? 0 : tolerance);
    }
  });
});

describe('forward refuses', () => {
  const small = () => scratch.file('bf16-all-dense');
  it.each<[string, string[], RegExp]>([
    ['ids outside the vocabulary', ['--ids', '1,99999'], /Token id 99999 is outside the vocabulary/],
    ['another number of positions', ['--ids', '1,2', '--positions', '0'], /1 positions for 2 ids/],
    ['a position that is not exact', ['--ids', '1', '--positions', '16777217'], /Position 16777217/],
    ['no ids', [], /needs --ids/],
    ['an unknown variant', ['--ids', '1', '--alt', 'none'], /--alt takes mask_pos0 or/],
  ])('%s', async (_what, options, words) => {
    const done = await forward(small(), ...options, '--out', scratch.file('refused.safetensors'));
    expect(done.code).toBe(2);
    expect(done.note).toMatch(words);
    expect(readdirSync(scratch.path)).not.toContain('refused.safetensors.part');
  });

  it('scales of blocks whose width the kernels do not take', async () => {
    // Blocks 72 wide are as many as blocks 80 wide in every weight of this case: the shapes would do.
    const folder = join(unpackNumerics(scratch.file('narrow'), [], ['fp8-blocks-96x80']), 'fp8-blocks-96x80');
    const config = join(folder, 'config.json');
    writeFileSync(
      config,
      readFileSync(config, 'utf8').replace(/(96,\s*)80/, (_all, rows: string) => `${rows}72`),
    );
    const done = await forward(folder, '--ids', '1,2', '--out', scratch.file('narrow.safetensors'));
    expect(done.code).toBe(2);
    expect(done.note).toMatch(/weight_block_size is 96 x 72, only blocks a multiple of 16 wide are computed/);
  });

  it('an output in the checkpoint, and one in a folder that is not there', async () => {
    const inside = await forward(small(), '--ids', '1', '--out', join(small(), 'out.safetensors'));
    expect(inside).toMatchObject({ code: 2, note: expect.stringMatching(/Nothing is written into the checkpoint/) });
    const nowhere = await forward(small(), '--ids', '1', '--out', scratch.file('none/out.safetensors'));
    expect(nowhere).toMatchObject({ code: 2, note: expect.stringMatching(/not there/) });
  });

  /** A case with a changed config, and model.safetensors as it is. */
  const changed = (name: string, from: string, config: Record<string, unknown>) => {
    const folder = scratch.file(name);
    mkdirSync(folder);
    const own = JSON.parse(readFileSync(join(scratch.file(from), 'config.json'), 'utf8'));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...own, ...config }));
    writeFileSync(join(folder, 'model.safetensors'), readFileSync(join(scratch.file(from), 'model.safetensors')));
    return folder;
  };

  it.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      'a blocker beside those that are computed',
      'f16-nocopies',
      { hidden_size: 16 },
      /^draftscope: wouldFail: .*shapes differ.*targetWouldFail/,
    ],
    ['an activation that is not computed', 'bf16-all-dense', { hidden_act: 'gelu' }, /cannotBuild: .*gelu/],
    [
      'a layer without weights',
      'f16-nocopies',
      { num_nextn_predict_layers: 2 },
      /^draftscope: fewerMtpLayers: .*strictCheckWouldRaise/,
    ],
  ])('%s', async (what, from, config, words) => {
    const folder = changed(`changed ${what}`, from, config);
    const done = await forward(folder, '--ids', '1,2,3', '--out', scratch.file('changed.safetensors'));
    expect(done.code, done.note).toBe(2);
    expect(done.note).toMatch(words);
    expect(done.note).not.toContain('computed all the same');
    expect(readdirSync(scratch.path)).not.toContain('changed.safetensors');
  });

  it('no file with weights, and leaves out and names one without', async () => {
    const folder = changed('beside', 'bf16-all-dense', {});
    const out = scratch.file('beside.safetensors');
    const alone = await forward(folder, '--ids', '1,2,3', '--out', out);
    expect(alone).toEqual({ code: 0, note: '' });
    writeFileSync(join(folder, 'recorded.safetensors'), readFileSync(join(small(), 'expected.safetensors')));
    const beside = await forward(folder, '--ids', '1,2,3', '--out', out);
    expect(beside.code).toBe(0);
    expect(beside.note).toMatch(
      /^note: without an index the reference reads recorded\.safetensors too; left out here[^\n]+\n$/,
    );
    // The same weights once more are weights: the reference reads both, and so does forward.
    writeFileSync(join(folder, 'twice.safetensors'), readFileSync(join(folder, 'model.safetensors')));
    const twice = await forward(folder, '--ids', '1,2,3', '--out', out);
    expect(twice.note).not.toContain('twice.safetensors too');
  });

  it('a checkpoint that lacks a tensor', async () => {
    const folder = scratch.file('lacking');
    mkdirSync(folder);
    const config = JSON.parse(readFileSync(join(small(), 'config.json'), 'utf8'));
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({ ...config, num_hidden_layers: config.num_hidden_layers + 3 }),
    );
    writeFileSync(join(folder, 'model.safetensors'), readFileSync(join(small(), 'model.safetensors')));
    const done = await forward(folder, '--ids', '1', '--out', scratch.file('lacking.safetensors'));
    expect(done.code).toBe(2);
    expect(done.note).toMatch(/^draftscope: noMtpTensors: .*Blocking too: .*targetWouldFail/);
  });
});
