/**
 * config.json as the reference sees it: through a config class of transformers, which has a value for many a key that the
 * file leaves out. vLLM reads deepseek_v32 with the class of deepseek_v3. A class of the checkpoint's own
 * (--trust-remote-code) may say otherwise; it is code, so it is not looked at.
 */
import type { ModelConfig } from '../../common/domain.ts';
import { tolerantConfig } from './tolerantConfig.ts';

type Json = Readonly<Record<string, unknown>>;

export interface ConfigClass {
  readonly name: string;
  /** Of the keys that the loader or the forward pass reads. */
  readonly defaults: Json;
}

const shared: Json = {
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  num_experts_per_tok: 8,
  routed_scaling_factor: 2.5,
  norm_topk_prob: true,
  first_k_dense_replace: 3,
  hidden_act: 'silu',
  kv_lora_rank: 512,
  qk_rope_head_dim: 64,
};

const deepseekV3: ConfigClass = {
  name: 'DeepseekV3Config',
  defaults: {
    ...shared,
    vocab_size: 129_280,
    hidden_size: 7168,
    intermediate_size: 18_432,
    num_hidden_layers: 61,
    num_attention_heads: 128,
    q_lora_rank: 1536,
    qk_nope_head_dim: 128,
    v_head_dim: 128,
    n_group: 8,
    topk_group: 4,
    rms_norm_eps: 1e-6,
  },
};

const glmMoeDsa: ConfigClass = {
  name: 'GlmMoeDsaConfig',
  defaults: {
    ...shared,
    vocab_size: 154_880,
    hidden_size: 6144,
    intermediate_size: 12_288,
    num_hidden_layers: 78,
    num_attention_heads: 64,
    q_lora_rank: 2048,
    qk_nope_head_dim: 192,
    v_head_dim: 256,
    n_group: 1,
    topk_group: 1,
    rms_norm_eps: 1e-5,
    index_topk: 2048,
    index_head_dim: 128,
    index_n_heads: 32,
  },
};

const classes: ReadonlyMap<unknown, ConfigClass> = new Map([
  ['deepseek_v3', deepseekV3],
  ['deepseek_v32', deepseekV3],
  ['glm_moe_dsa', glmMoeDsa],
]);

/** @returns null: the model type has no class whose defaults are known here */
export function configClassOf({ model_type }: Json): ConfigClass | null {
  return classes.get(model_type) ?? null;
}

/** Keys that the file leaves out and that decide something, with what the class takes for them. A null in the file is kept. */
export function takenDefaults(raw: Json): Json {
  const entries = Object.entries(configClassOf(raw)?.defaults ?? {});
  return Object.fromEntries(entries.filter(([key]) => raw[key] === undefined));
}

/** The config of a checkpoint: `raw` stays as it was given, defaults are in the fields. @throws as tolerantConfig */
export function checkpointConfig(raw: Json): ModelConfig {
  return { ...tolerantConfig({ ...takenDefaults(raw), ...raw }), raw };
}
