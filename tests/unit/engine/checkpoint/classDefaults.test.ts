/** What the reference's config classes say where config.json is silent; a case without files has no class. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpointConfig } from '../../../../electron/engine/checkpoint/classDefaults.ts';
import { parseTensorCase, planTensorCase } from '../../../../electron/engine/session/tensorCase.ts';
import { brokenCheckpoint } from '../../../support/brokenCheckpoints.ts';
import { makeFolder, testConfig } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';
import { readCase } from '../loading/goldenCases.ts';

const left = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, undefined]));

describe('checkpointConfig', () => {
  it.each([
    [
      'deepseek_v3',
      { firstKDenseReplace: 3, nGroup: 8, topkGroup: 4, qLoraRank: 1536, nSharedExperts: 1, indexTopk: null },
    ],
    ['deepseek_v32', { firstKDenseReplace: 3, nGroup: 8, qLoraRank: 1536, rmsNormEps: 1e-6, indexTopk: null }],
    ['glm_moe_dsa', { hiddenSize: 6144, nGroup: 1, qLoraRank: 2048, vHeadDim: 256, rmsNormEps: 1e-5, indexTopk: 2048 }],
  ])('takes the defaults of the class of %s', (model_type, expected) => {
    expect(checkpointConfig({ model_type })).toMatchObject({ ...expected, faults: [], raw: { model_type } });
  });

  it('keeps what the file says, a null too, and promises no MTP layer by itself', () => {
    const config = checkpointConfig({
      ...testConfig,
      q_lora_rank: null,
      n_group: null,
      num_nextn_predict_layers: undefined,
    });
    expect(config).toMatchObject({ qLoraRank: null, nGroup: null, hiddenSize: 8, numNextnPredictLayers: null });
  });

  it.each(['deepseek_v2', 'deepseek_mtp'])('knows no class of %s: a key that is not there is a fault', (model_type) => {
    expect(checkpointConfig({ ...testConfig, model_type, vocab_size: undefined }).faults).toHaveLength(1);
  });
});

describe('a checkpoint whose config.json leaves out keys', () => {
  it('is built with the defaults, which are named', async () => {
    const folder = brokenCheckpoint({ fp8: true, config: left('n_group', 'topk_group', 'hidden_act') });
    const { code, out } = await cliRun('check', folder);
    expect(code).toBe(0);
    expect(out).toMatch(/configDefaults: .*3 keys .*DeepseekV3Config: .*n_group 8/);
    expect(out).not.toMatch(/cannotBuild/);
    const file = join(makeFolder(), 'x.headers');
    await cliRun('headers', folder, '--out', file);
    expect((await cliRun('check', file)).out).toMatch(/configDefaults: .*n_group 8/);
  });

  it('has another number of dense layers then', async () => {
    // Layer 1 is below the default of 3, so the MTP layer is built dense and its experts have no place.
    const folder = brokenCheckpoint({ config: left('first_k_dense_replace') });
    const { code, out } = await cliRun('check', folder);
    expect(code).toBe(1);
    expect(out).toMatch(/KeyError at model\.layers\.1\.mlp\.gate\.weight/);
    expect(out).toMatch(/configDefaults: .*leaves out a key .*first_k_dense_replace 3\./);
  });

  it('a case is the config object itself: what is absent there raises', () => {
    const golden = readCase('bf16-1mtp-tp1-r0');
    const { n_group: _absent, ...config } = golden.config;
    const given = parseTensorCase({ ...golden, config: { ...config, model_type: 'deepseek_v3' } });
    const { initError } = planTensorCase(given);
    expect(initError).toMatchObject({ type: 'AttributeError', message: 'there is no n_group in config.json.' });
  });
});
