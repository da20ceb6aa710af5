/** The command line as a person or a script meets it: the built bundle in a process of its own. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { brokenCheckpoint, without } from '../support/brokenCheckpoints.ts';
import { makeFolder } from '../support/checkpointFolder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(root, 'assets/demo-model');
const golden = JSON.parse(readFileSync(join(demo, 'golden.json'), 'utf8'));

function run(args: string[], cwd = root) {
  const result = spawnSync(process.execPath, [join(root, 'out/cli/cli.js'), ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, INIT_CWD: cwd },
    timeout: 60_000,
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function demoCopy(): string {
  const folder = join(makeFolder(), 'copy');
  cpSync(demo, folder, { recursive: true });
  return folder;
}

describe('draftscope', () => {
  it.skipIf(process.platform === 'win32')('ends quietly, with its own exit code, when its reader goes away', () => {
    const gone = (command: string) =>
      spawnSync('bash', ['-c', `${command} | true; echo $PIPESTATUS`], { encoding: 'utf8', cwd: root });
    const cli = `'${process.execPath}' out/cli/cli.js`;
    const plan = gone(`${cli} plan assets/demo-model --json`);
    expect(plan).toMatchObject({ stdout: '0\n', stderr: '' });
    const check = gone(`${cli} check assets/demo-model -tp 7`);
    expect(check).toMatchObject({ stdout: '1\n', stderr: '' });
  });

  it('generate samples with a seed: the same run again, and another with another seed', () => {
    const sampled = (seed: string) =>
      run([
        'generate',
        demo,
        '--prompt=And',
        '--temperature=0.7',
        '--top-k=50',
        '--top-p=0.95',
        `--seed=${seed}`,
        '--json',
      ]);
    const first = JSON.parse(sampled('7').out);
    expect(first.sampling).toEqual({ temperature: 0.7, top_k: 50, top_p: 0.95, seed: 7 });
    expect(JSON.parse(sampled('7').out)).toEqual(first);
    expect(JSON.parse(sampled('8').out).output_ids).not.toEqual(first.output_ids);
    for (const step of first.steps) {
      step.draft_ids.slice(0, step.accepted + 1).forEach((_: number, at: number) => {
        expect(step.target_probs[at] >= step.uniform[at]).toBe(at < step.accepted);
      });
    }
  });

  it('generate --json repeats a recorded run, by text and by ids', () => {
    const item = golden.items[1];
    const byText = run(['generate', demo, '--prompt', item.prompt, '--json']);
    expect(byText.err).toBe('');
    expect(byText.code).toBe(0);
    const { reference: _reference, newer_versions: _newer, ...record } = JSON.parse(byText.out);
    const recorded = item.speculative['2'];
    expect(record).toEqual({
      prompt_ids: item.prompt_ids,
      output_ids: item.greedy_ids,
      text: item.greedy_text,
      steps: recorded.steps,
      metrics: {
        num_steps: recorded.num_steps,
        drafted: recorded.drafted,
        accepted: recorded.accepted,
        accepted_at_least: recorded.accepted_at_least,
      },
      predictor: 'modules',
      alternatives: [],
    });
    const byIds = run([
      'generate',
      demo,
      '--prompt-ids',
      item.prompt_ids.join(','),
      '--max-tokens=7',
      '--num-speculative-tokens=3',
      '--predictor=reference-engine',
      '--alt=mask_pos0',
      '--json',
    ]);
    const short = JSON.parse(byIds.out);
    expect([short.predictor, short.alternatives]).toEqual(['reference-engine', ['mask_pos0']]);
    expect(short.output_ids).toEqual(item.greedy_ids.slice(0, 7));
    expect(short.steps).toEqual(item.speculative_reference_engine['3'].steps.slice(0, short.steps.length));
    expect(byIds.err).toMatch(/would refuse 3 speculative tokens/);
  });

  it('plan --json has the fields of the recorded loader runs', () => {
    const { out, code } = run([
      'plan',
      'assets/demo-model',
      '--tensor-parallel-size=2',
      '--enable-expert-parallel',
      '--rank=1',
      '--json',
    ]);
    expect(code).toBe(0);
    const record = JSON.parse(out);
    expect(record.parallel).toEqual({ tp_size: 2, tp_rank: 1, enable_expert_parallel: true });
    expect(record.vllm).toBe('v0.16.0 89a77b10846fd96273cce78d86d2556ea582d26e');
    expect(record.events).toHaveLength(337);
    expect(record.error).toBeNull();
    const other = record.events.find(
      (event: { name: string }) => event.name === 'model.layers.4.mlp.experts.0.gate_proj.weight',
    );
    expect(other).toMatchObject({ outcome: 'skipped', rule: 'skip:expert_not_on_this_rank' });
    expect(record.moe.expert_map).toEqual([...new Array(8).fill(-1), 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('plan --tensors repeats a recorded case without any files', () => {
    const packed = readFileSync(join(root, 'tests/golden/load/odd-wrong-shape-enorm.json.gz'));
    const recorded = JSON.parse(gunzipSync(packed).toString('utf8'));
    const { config, parallel, quant, tensors } = recorded;
    const file = join(makeFolder(), 'case.json');
    writeFileSync(
      file,
      JSON.stringify({ case: recorded.case, config, parallel, quant, checkpoint_options: {}, tensors }),
    );
    const { code, out } = run(['plan', '--tensors', file, '--json']);
    expect(code).toBe(0);
    const record = JSON.parse(out);
    expect(record.error).toMatchObject({ at: recorded.error.at, type: recorded.error.type });
    expect(record.never_loaded).toEqual(recorded.never_loaded);
    expect(record.events.slice(0, recorded.events.length - 1)).toEqual(recorded.events.slice(0, -1));
    expect(record.if_continued.never_loaded).toEqual(['model.layers.3.enorm.weight']);
    writeFileSync(file, JSON.stringify({ config, tensors: [{ name: 'x', shape: [-1], dtype: 'BF16' }] }));
    expect(run(['plan', '--tensors', file])).toMatchObject({ code: 2, out: '' });
    expect(run(['plan', '--tensors', file]).err).toMatch(/tensors\.0\.shape\.0/);
  });

  it.each([
    ['check', []],
    ['explain', ['model.layers.4.enorm.weight']],
    ['load', []],
    ['generate', ['--prompt-ids', '1,2', '--max-tokens', '2']],
  ])('%s --json names the reference and where newer versions differ', (command, more) => {
    const record = JSON.parse(run([command, demo, ...more, '--json']).out);
    const told = command === 'check' ? record.verdict : record;
    expect(told.reference).toBe('vLLM v0.16.0 (89a77b10)');
    expect(told.newer_versions.length).toBeGreaterThan(0);
  });

  it('load takes the device that is named, and says which is not there', () => {
    expect(run(['load', demo, '--device', 'cpu']).code).toBe(0);
    const auto = run(['load', demo, '--device', 'auto']);
    expect(auto.code).toBe(0);
    expect(auto.err).toMatch(/auto chose the device (cuda:\d+\.|cpu\. CUDA: .+)/);
    const missing = run(['load', demo, '--device', 'cuda:4999']);
    expect(missing).toMatchObject({ code: 2, out: '' });
    expect(missing.err).toMatch(/CUDA/);
  });

  it('check tells a healthy checkpoint from a broken one by its exit code', () => {
    const healthy = run(['check', demo, '--json']);
    expect(healthy.code).toBe(0);
    const record = JSON.parse(healthy.out);
    expect(record.verdict).toMatchObject({ level: 'good', sentence: expect.stringMatching(/^Would load/) });
    expect(record.verdict.reference).toBe('vLLM v0.16.0 (89a77b10)');
    const severities = record.findings.map((finding: { severity: string }) => finding.severity);
    expect(severities.length).toBeGreaterThanOrEqual(3);
    expect(new Set(severities)).toEqual(new Set(['note']));
    const folder = demoCopy();
    rmSync(join(folder, 'model-00004-of-00004.safetensors'));
    const broken = run(['check', folder]);
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^Would not load: model-00004-of-00004\.safetensors is not there/);
    expect(run(['check', 'no/such/folder']).code).toBe(2);
  });

  it('explain tells the rules, the slices and what is reported', () => {
    const name = 'model.layers.4.mlp.experts.9.up_proj.weight';
    const ep = ['--tensor-parallel-size=2', '--enable-expert-parallel'];
    const here = run(['explain', demo, name, ...ep, '--rank=1']);
    expect(here.code).toBe(0);
    expect(here.out).toMatch(
      /Loaded into model\.layers\.4\.mtp_block\.mlp\.experts\.w13_weight, w3 \(up\) of expert 9/,
    );
    expect(here.out).toContain('copy        [0:96, 0:256] -> [1:2, 96:192, 0:256]');
    const elsewhere = JSON.parse(run(['explain', demo, name, ...ep, '--json']).out);
    expect(elsewhere).toMatchObject({ outcome: 'skipped', copies: [], expert: 9 });
    const unknown = run(['explain', demo, 'experts.9.up_proj']);
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('Did you mean model.layers.');
  });

  it('load reads the whole demo and says how fast', () => {
    const { out, code } = run(['load', demo, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      status: 'done',
      tensorsTotal: 337,
      tensorsDone: 337,
      bytesRead: 21_540_544,
    });
    expect(run(['load', demo, '--threads', '3']).out).toMatch(/loaded 21\.54 MB of 337 tensors .* with 3 threads/);
  });

  it('load --statistics counts every parameter while it is read, and only then', () => {
    const { statistics } = JSON.parse(run(['load', demo, '--statistics', '--json']).out);
    expect(statistics).toHaveLength(95);
    const gate = statistics.find(({ name }: { name: string }) => name === 'target/model.norm.weight');
    expect(gate).toMatchObject({ dtype: 'BF16', count: 256, nan_count: 0, inf_count: 0 });
    const counted = Object.values<number>(gate.exponents).reduce((sum, values) => sum + values, gate.zero_count);
    expect(counted).toBe(256);
    expect(gate.min).toBeLessThanOrEqual(gate.mean);
    expect(gate.mean).toBeLessThanOrEqual(gate.max);
    expect(run(['load', demo, '--statistics']).out).toMatch(
      /deviation {2}parameter\n.* target\/model\.embed_tokens\.weight/,
    );
    expect(JSON.parse(run(['load', demo, '--json']).out)).not.toHaveProperty('statistics');
    expect(run(['check', demo, '--statistics'])).toMatchObject({ code: 2, out: '' });
  });

  it('explains itself', () => {
    expect(run(['--help'])).toMatchObject({ code: 0, err: '' });
    expect(run(['--help']).out).toMatch(/draftscope <command> <checkpoint>/);
  });

  it.each([
    [['plan', 'no/such/folder'], /There is no such folder/],
    [['plan', 'native'], /no config\.json/],
    [['plan', 'assets/demo-model', '--rank', '1'], /--rank 1 is not there/],
    [['generate', 'assets/demo-model', '--prompt-ids', '99999'], /99999 is outside the vocabulary of 2048/],
    [['frobnicate'], /no command "frobnicate"/],
  ])('%j ends with exit code 2 and one line', (args, message) => {
    const { code, out, err } = run(args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(out).toBe('');
  });

  it('plans what is left of a damaged checkpoint, and refuses to load or run it', () => {
    const damages: [string, (folder: string) => void, RegExp][] = [
      [
        'missing shard',
        (folder) => rmSync(join(folder, 'model-00003-of-00004.safetensors')),
        /model-00003-of-00004\.safetensors is not there/,
      ],
      [
        'truncated shard',
        (folder) => truncateSync(join(folder, 'model-00003-of-00004.safetensors'), 900_000),
        /cut short/,
      ],
    ];
    for (const [what, damage, message] of damages) {
      const folder = demoCopy();
      damage(folder);
      const plan = run(['plan', folder]);
      expect(plan.code, what).toBe(0);
      expect(plan.out, what).toMatch(message);
      expect(plan.out, what).toMatch(/Would not load/);
      for (const args of [
        ['load', folder],
        ['generate', folder, '--prompt', 'And'],
      ]) {
        const refused = run(args);
        expect(refused.code, what).toBe(2);
        expect(refused.err, what).toMatch(message);
        expect(refused.out, what).toBe('');
      }
    }
  });

  it('an index that names a tensor which no file holds and no parameter wants is told, and the commands run', () => {
    const folder = demoCopy();
    const path = join(folder, 'model.safetensors.index.json');
    const index = JSON.parse(readFileSync(path, 'utf8'));
    index.weight_map['model.layers.5.extra.weight'] = 'model-00003-of-00004.safetensors';
    writeFileSync(path, JSON.stringify(index));
    const checked = run(['check', folder]);
    expect(checked.code).toBe(0);
    expect(checked.out).toMatch(
      /^warning +tensorMissing: The index places "model\.layers\.5\.extra\.weight" in model-00003-of-00004\.safetensors/m,
    );
    for (const args of [
      ['load', folder],
      ['generate', folder, '--prompt', 'And', '--max-tokens', '2'],
    ])
      expect(run(args)).toMatchObject({ code: 0, err: '' });
  });

  it('forward runs with silent findings, told first, and refuses what the reference refuses', () => {
    const broken = (fp8: boolean) =>
      brokenCheckpoint({ fp8, change: without(/layers\.1\.(self_attn\.kv_a_proj_with_mqa|hnorm)/) });
    const out = join(makeFolder(), 'out.safetensors');
    const silent = run(['forward', broken(true), '--ids', '1,2', '--out', out]);
    expect(silent.err).toMatch(
      /^silent neverFilled: .*hnorm.*\nsilent partlyFilled: .*\nnote: .* hold zeros here\.\n$/,
    );
    expect(silent.code).toBe(0);
    const refused = run(['forward', broken(false), '--ids', '1,2', '--out', join(makeFolder(), 'out.safetensors')]);
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(/draftscope: (\w+): .*hnorm/);
  });

  it('exits 2 for a plan without a readable config, or with neither index nor headers', () => {
    const folder = demoCopy();
    for (const n of [1, 2, 3, 4]) writeFileSync(join(folder, `model-0000${n}-of-00004.safetensors`), 'not a header');
    writeFileSync(join(folder, 'model.safetensors.index.json'), '{');
    expect(run(['plan', folder]).code).toBe(2);
    // The index alone is enough to plan: every name meets its rule.
    const namesOnly = demoCopy();
    for (const n of [1, 2, 3, 4]) rmSync(join(namesOnly, `model-0000${n}-of-00004.safetensors`));
    const named = run(['plan', namesOnly]);
    expect(named.code).toBe(0);
    expect(named.out).toMatch(/135 loaded .* 202 skipped .* 0 would fail/);
    expect(run(['load', namesOnly]).code).toBe(2);
    const noConfig = demoCopy();
    rmSync(join(noConfig, 'config.json'));
    expect(run(['plan', noConfig])).toMatchObject({ code: 2, out: '' });
    mkdirSync(join(noConfig, 'config.json'));
    expect(run(['plan', noConfig])).toMatchObject({ code: 2, out: '' });
  });
});
