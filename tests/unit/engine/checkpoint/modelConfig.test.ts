/** config.json: what is read, what is refused, and by which name. */
import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../electron/common/failure.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import { testConfig } from '../../../support/checkpointFolder.ts';
import { readCase } from '../loading/goldenCases.ts';

const raw = { ...readCase('bf16-1mtp-tp1-r0').config, model_type: 'deepseek_v3' };

function failure(changes: Record<string, unknown>) {
  try {
    configFromJson({ ...raw, ...changes });
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
  throw new Error('The config was accepted.');
}

describe('configFromJson', () => {
  it('reads the keys that the loader needs and keeps the file', () => {
    const config = configFromJson({ ...raw, unknown_key: [1, 2] });
    expect(config).toMatchObject({
      modelType: 'deepseek_v3',
      hiddenSize: 16,
      numHiddenLayers: 3,
      numNextnPredictLayers: 1,
      qLoraRank: 12,
      nRoutedExperts: 8,
      ropeTheta: 10000,
      ropeScaling: null,
      torchDtype: 'BF16',
    });
    expect(config.quantization.method).toBe('none');
    expect(config.raw.unknown_key).toEqual([1, 2]);
  });

  it.each(['deepseek_v2', 'deepseek_v3', 'deepseek_v32', 'deepseek_mtp', 'glm_moe_dsa'])('accepts %s', (model_type) => {
    expect(configFromJson({ ...raw, model_type }).modelType).toBe(model_type);
  });

  it.each([['qwen3_moe'], [undefined], [7]])('takes what another family with model_type %s has', (model_type) => {
    const config = configFromJson({ model_type, text_config: { num_hidden_layers: 5, hidden_size: 'large' } });
    expect(config).toMatchObject({ numHiddenLayers: 5, hiddenSize: 0, numNextnPredictLayers: 0 });
  });

  it.each([
    ['hidden_size', undefined],
    ['hidden_size', '16'],
    ['num_hidden_layers', -1],
    ['vocab_size', 1.5],
    ['moe_intermediate_size', undefined],
    ['rms_norm_eps', 'small'],
    ['tie_word_embeddings', 'no'],
    ['quantization_config', 'fp8'],
  ])('names the key %s when it is %s', (key, value) => {
    const { code, message } = failure({ [key]: value });
    expect(code).toBe('configUnreadable');
    expect(message).toContain(`"${key}"`);
  });

  it('takes a missing number of MTP layers as unknown, not as none', () => {
    const { num_nextn_predict_layers, ...others } = raw as Record<string, unknown>;
    expect(num_nextn_predict_layers).toBe(1);
    expect(configFromJson(others).numNextnPredictLayers).toBeNull();
  });

  it('reads rope settings in the old and in the new form', () => {
    const yarn = { factor: 40, original_max_position_embeddings: 4096 };
    const old = { ...raw, rope_parameters: undefined, rope_theta: 500, rope_scaling: { ...yarn, type: 'yarn' } };
    const modern = { ...raw, rope_parameters: { ...yarn, rope_type: 'yarn', rope_theta: 500 } };
    for (const config of [configFromJson(old), configFromJson(modern)]) {
      expect(config.ropeTheta).toBe(500);
      expect(config.ropeScaling).toMatchObject(yarn);
    }
  });

  it.each([
    [
      { quant_method: 'fp8', weight_block_size: [128, 128] },
      { method: 'fp8Block', weightBlockSize: [128, 128] },
    ],
    [
      { quant_method: 'fp8', activation_scheme: 'static' },
      { method: 'fp8Tensor', activationScheme: 'static' },
    ],
    [
      { quant_method: 'fp8', modules_to_not_convert: ['a'] },
      { method: 'fp8Tensor', ignoredLayers: ['a'] },
    ],
    [{ quant_method: 'fp8', ignored_layers: ['b'], modules_to_not_convert: ['a'] }, { ignoredLayers: ['b'] }],
    [
      { quant_method: 'awq', bits: 4 },
      { method: 'other', declared: 'awq' },
    ],
  ])('reads the quantisation %o', (quantization_config, expected) => {
    expect(configFromJson({ ...raw, quantization_config }).quantization).toMatchObject(expected);
  });

  it('refuses a block size that is none', () => {
    const { message } = failure({ quantization_config: { quant_method: 'fp8', weight_block_size: [128] } });
    expect(message).toContain('weight_block_size');
  });

  it('refuses an element type that no loader knows', () => {
    expect(failure({ torch_dtype: 'int7' })).toMatchObject({ code: 'configUnsupported' });
  });

  it.each(['num_hidden_layers', 'num_nextn_predict_layers', 'n_routed_experts'])('refuses an absurd %s', (key) => {
    expect(() => configFromJson({ ...testConfig, [key]: 1_000_000_000 })).toThrow(/takes at most/);
  });

  it('refuses counts that are only absurd together', () => {
    const both = { ...testConfig, n_routed_experts: 16_384, num_hidden_layers: 1024 };
    expect(() => configFromJson(both)).toThrow(/takes at most/);
  });

  it.each(['__proto__', 'constructor'])('refuses the dtype %s', (torch_dtype) => {
    expect(() => configFromJson({ ...testConfig, torch_dtype })).toThrow(/not supported/);
  });
});
