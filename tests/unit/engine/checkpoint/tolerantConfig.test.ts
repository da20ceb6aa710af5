/** A config with faults is kept as far as it goes, and each fault is named. */
import { describe, expect, it } from 'vitest';
import { tolerantConfig } from '../../../../electron/engine/checkpoint/tolerantConfig.ts';
import { testConfig, writeCheckpoint } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';

describe('tolerantConfig', () => {
  it('has no faults where there are none', () => {
    expect(tolerantConfig(testConfig)).toMatchObject({ hiddenSize: 8, faults: [] });
  });

  it.each([
    ['hidden_size', undefined, 'AttributeError'],
    ['hidden_size', '16', 'TypeError'],
    ['num_hidden_layers', 1e9, 'TypeError'],
    ['vocab_size', 1.5, 'TypeError'],
    ['rms_norm_eps', 'small', 'TypeError'],
    ['quantization_config', { quant_method: 'fp8', weight_block_size: [1] }, 'TypeError'],
    ['torch_dtype', 'int7', 'TypeError'],
    ['dtype', 'int7', 'TypeError'],
  ])('names %s when it is %s', (key, value, type) => {
    const { faults } = tolerantConfig({ ...testConfig, [key]: value });
    expect(faults).toHaveLength(1);
    expect(faults?.[0]).toMatchObject({ type });
  });

  it('names several faults', () => {
    const { faults, numHiddenLayers } = tolerantConfig({ ...testConfig, hidden_size: -1, vocab_size: null });
    expect(faults).toHaveLength(2);
    expect(numHiddenLayers).toBe(1);
  });

  it('is a blocker in check, which still ends with 1, and in a plan', async () => {
    const shards = { 'model.safetensors': [{ name: 'model.layers.1.enorm.weight', shape: [8] }] };
    const folder = writeCheckpoint(shards, { config: { hidden_size: '8' } });
    const { code, out } = await cliRun('check', folder, '--json');
    expect(code).toBe(1);
    expect(out).toContain('hidden_size');
    const plan = await cliRun('plan', folder, '--json');
    expect(plan.code).toBe(0);
    expect(JSON.parse(plan.out)).toMatchObject({ init_error: { type: 'TypeError' } });
  });
});
