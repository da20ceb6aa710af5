/** Other families: recognised from config and names, explained, and never mapped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, testConfig, writeCheckpoint, writeJson } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';

interface Checked {
  readonly verdict: { readonly sentence: string };
  readonly findings: { readonly code: string; readonly severity: string; readonly sentence: string }[];
}

/** config.json and an index, no shards. */
function namesOnly(config: Record<string, unknown>, names: readonly string[]): string {
  const folder = makeFolder();
  writeJson(folder, 'config.json', config);
  const weightMap = Object.fromEntries(names.map((name) => [name, 'model-00001-of-00001.safetensors']));
  writeJson(folder, 'model.safetensors.index.json', { weight_map: weightMap });
  return folder;
}

async function checked(folder: string): Promise<{ code: number; record: Checked; codes: string[] }> {
  const { code, out } = await cliRun('check', folder, '--json');
  const record = JSON.parse(out) as Checked;
  return { code, record, codes: record.findings.map((finding) => `${finding.severity} ${finding.code}`) };
}

const layer = 'model.layers.0.input_layernorm.weight';

const recognised: readonly [string, Record<string, unknown>, string][] = [
  ['DeepSeek-V4', { model_type: 'deepseek_v4', num_nextn_predict_layers: 1 }, 'mtp.0.e_proj.weight'],
  ['DSpark', { model_type: 'deepseek_v4', num_nextn_predict_layers: 3 }, 'mtp.0.markov_head.weight'],
  [
    'GLM-4.x',
    { model_type: 'glm4_moe', num_nextn_predict_layers: 1, num_hidden_layers: 1 },
    'model.layers.1.eh_proj.weight',
  ],
  ['MiMo-7B', { model_type: 'mimo', num_nextn_predict_layers: 1 }, 'model.mtp_layers.0.input_proj.weight'],
  ['MiMo-V2', { model_type: 'mimo_v2_flash', num_nextn_predict_layers: 1 }, 'model.mtp.layers.0.eh_proj.weight'],
  ['Qwen3-Next', { model_type: 'qwen3_next', mtp_num_hidden_layers: 1 }, 'mtp.fc.weight'],
  ['Qwen3.5', { model_type: 'qwen3_5_moe', text_config: { mtp_num_hidden_layers: 1 } }, 'mtp.layers.0.mlp.gate.weight'],
  ['EXAONE', { model_type: 'exaone_moe', num_nextn_predict_layers: 1 }, 'mtp.norm.weight'],
  ['LongCat', { model_type: 'longcat_flash', num_nextn_predict_layers: 1 }, 'model.mtp.layers.0.enorm.m.weight'],
  ['Step-3.5', { model_type: 'step3p5', num_nextn_predict_layers: 1 }, 'model.layers.1.transformer.norm.weight'],
  ['ERNIE-4.5', { model_type: 'ernie4_5_moe', num_nextn_predict_layers: 1 }, 'model.mtp_linear_proj.0.weight'],
  ['Bailing', { model_type: 'bailing_moe_v2', num_nextn_predict_layers: 1 }, 'model.layers.1.final_layernorm.weight'],
  ['Nemotron-H', { model_type: 'nemotron_h', num_nextn_predict_layers: 1 }, 'mtp.layers.0.norm.weight'],
  ['Kimi-K2', { model_type: 'kimi_k2' }, 'lm_head.weight'],
  ['somebody', { model_type: 'somebody_new' }, 'lm_head.weight'],
];

describe('a checkpoint of another family', () => {
  it.each(recognised)('%s is a note and exit 0', async (name, config, tensor) => {
    const { code, record, codes } = await checked(namesOnly(config, [layer, tensor]));
    expect(codes).toEqual(['note shardsAbsent', 'note anotherFamily']);
    expect(record.findings.at(-1)?.sentence).toContain(name);
    expect(record.verdict.sentence).toContain('another family');
    expect(code).toBe(0);
  });

  it.each<[string, Record<string, unknown>, string[], RegExp]>([
    [
      'names of two families',
      { model_type: 'somebody_new' },
      ['model.mtp_layers.0.input_proj.weight', 'mtp.pre_fc_norm_hidden.weight'],
      /family: MiMo-7B; .*; Qwen3-Next and Qwen3\.5 too, by other names\.$/,
    ],
    [
      'names of one and the type of another',
      { model_type: 'glm4_moe' },
      ['mtp.pre_fc_norm_hidden.weight'],
      /family: Qwen3-Next .*; GLM-4\.x too, by model_type "glm4_moe"\.$/,
    ],
    [
      "DeepSeek-V3's names under a type that nobody knows",
      { model_type: 'somebody_new', num_nextn_predict_layers: 1 },
      ['model.layers.1.eh_proj.weight'],
      /named like those of DeepSeek-V3, but the reference goes by model_type/,
    ],
    ['a type alone', { model_type: 'glm4_moe' }, ['model.layers.1.eh_proj.weight'], /DeepSeekMTP are not applied\.$/],
    ['V4 with a Markov head', { model_type: 'deepseek_v4' }, ['mtp.0.markov_head.weight'], /are not applied\.$/],
  ])('%s: what speaks for something else is said', async (_what, config, names, sentence) => {
    const { code, record } = await checked(namesOnly(config, [layer, ...names]));
    expect(record.findings.at(-1)?.sentence).toMatch(sentence);
    expect(code).toBe(0);
  });

  it('maps nothing and fails nothing in the plan', async () => {
    const folder = writeCheckpoint(
      {
        'model-1.safetensors': [
          { name: 'mtp.0.e_proj.weight', shape: [2, 2] },
          { name: layer, shape: [2] },
        ],
      },
      { config: { model_type: 'deepseek_v4' } },
    );
    const { code, out } = await cliRun('plan', folder, '--json');
    expect(code).toBe(0);
    const record = JSON.parse(out) as Record<string, unknown> & { events: { rule: string }[] };
    expect(record).toMatchObject({ init_error: null, error: null, params: [], loaded_params: [] });
    expect(record.events.map(({ rule }) => rule)).toEqual(['skip:another_family', 'skip:another_family']);
    const story = await cliRun('explain', folder, 'mtp.0.e_proj.weight');
    expect(story.out).toMatch(/another family: DeepSeek-V4/i);
  });

  it('that promises MTP and has none is silent trouble, exit 1', async () => {
    const config = { model_type: 'qwen3_5_moe_text', mtp_num_hidden_layers: 1 };
    const { code, record, codes } = await checked(namesOnly(config, [layer]));
    expect(codes).toContain('silent noMtpTensors');
    expect(record.verdict.sentence).toMatch(/draft nothing/);
    expect(record.findings.find(({ code }) => code === 'noMtpTensors')?.sentence).toContain(
      'of Qwen3-Next and Qwen3.5.',
    );
    expect(code).toBe(1);
  });

  it('is not seen in a mapped family that holds foreign names', async () => {
    const { codes } = await checked(namesOnly({ ...testConfig }, [layer, 'mtp.0.e_proj.weight']));
    expect(codes.join()).not.toContain('anotherFamily');
    expect(codes[0]).toBe('blocker shardsAbsent');
  });
});

it('a checkpoint of a mapped family without MTP is a note, exit 0', async () => {
  const folder = namesOnly({ ...testConfig, num_nextn_predict_layers: 0 }, ['lm_head.weight']);
  const { codes } = await checked(folder);
  expect(codes).toContain('note noMtpPromised');
});

describe('public indexes', () => {
  const real = join(import.meta.dirname, '../../../../../shared/real');
  it.each([
    ['mimo-7b-mtp', 0, 'MiMo-7B'],
    ['qwen3.5-18b-reap-mtp-stripped', 1, 'Qwen3.5'],
  ])('%s', async (name, exitCode, family) => {
    const folder = join(real, name);
    if (!existsSync(folder)) {
      process.stderr.write(`skipped: ${name} is not beside the project\n`);
      return;
    }
    const { code, record } = await checked(folder);
    expect(code).toBe(exitCode);
    expect(record.findings.find((finding) => finding.code === 'anotherFamily')?.sentence).toContain(family);
  });
});
