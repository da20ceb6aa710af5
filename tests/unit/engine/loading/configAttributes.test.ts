/** Keys that are absent from the config of a case: the reference raises where it reads them, and only there. */
import { describe, expect, it } from 'vitest';
import { changed } from './findingFixtures.ts';
import { type GoldenCase, planCase } from './goldenCases.ts';

function initErrorWithout(key: string, config: Record<string, unknown> = {}): string | undefined {
  const golden = changed('bf16-1mtp-tp1-r0', (all) => all, config);
  const { [key]: _absent, ...rest } = golden.config;
  return planCase({ ...golden, config: rest } as GoldenCase).initError?.type;
}

const dense = { first_k_dense_replace: 9 };

describe('an absent key', () => {
  it.each([
    'num_hidden_layers',
    'num_nextn_predict_layers',
    'hidden_size',
    'rms_norm_eps',
    'vocab_size',
    'num_attention_heads',
    'n_routed_experts',
    'first_k_dense_replace',
    'n_shared_experts',
    'hidden_act',
    'moe_intermediate_size',
    'num_experts_per_tok',
    'norm_topk_prob',
    'n_group',
  ])('%s raises AttributeError', (key) => expect(initErrorWithout(key)).toBe('AttributeError'));

  it.each(['q_lora_rank', 'moe_layer_freq', 'topk_method', 'topk_group', 'scoring_func', 'routed_scaling_factor'])(
    '%s has a default',
    (key) => expect(initErrorWithout(key)).toBeUndefined(),
  );

  it.each<[string, Record<string, unknown>, string | undefined]>([
    ['intermediate_size', {}, undefined],
    ['intermediate_size', dense, 'AttributeError'],
    ['moe_intermediate_size', dense, undefined],
    ['num_experts_per_tok', dense, undefined],
    ['n_shared_experts', dense, undefined],
    ['moe_intermediate_size', { n_shared_experts: null }, 'AttributeError'],
    ['rms_norm_eps', { num_nextn_predict_layers: 0 }, undefined],
    ['vocab_size', { num_nextn_predict_layers: 0 }, 'AttributeError'],
  ])('%s with %j: %s', (key, config, type) => expect(initErrorWithout(key, config)).toBe(type));

  it('is met in the order of reading: activation before the experts are cut', () => {
    expect(initErrorWithout('norm_topk_prob', { hidden_act: 'gelu' })).toBe('ValueError');
    expect(initErrorWithout('norm_topk_prob', { hidden_act: null })).toBe('ValueError');
  });
});
