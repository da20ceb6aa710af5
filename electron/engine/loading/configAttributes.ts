/** Keys of the config that the reference reads without a default: an absent one raises AttributeError where it is read. */
import type { ModelConfig } from '../../common/domain.ts';
import { ConstructionError } from './parameterSpec.ts';

export type RequiredKey =
  | 'num_hidden_layers'
  | 'num_nextn_predict_layers'
  | 'hidden_size'
  | 'rms_norm_eps'
  | 'vocab_size'
  | 'num_attention_heads'
  | 'n_routed_experts'
  | 'first_k_dense_replace'
  | 'n_shared_experts'
  | 'hidden_act'
  | 'moe_intermediate_size'
  | 'num_experts_per_tok'
  | 'norm_topk_prob'
  | 'intermediate_size'
  | 'index_n_heads'
  | 'index_head_dim';

export interface AttributeSource {
  readonly config: ModelConfig;
  /**
   * The config is the reference's own object, in which nothing stands but what it holds. The config.json of a folder goes
   * through a config class with defaults, so there an absent key raises nothing here.
   */
  readonly isWholeConfig?: boolean;
}

/** Called where the reference reads these keys. @throws ConstructionError AttributeError */
export function readAttributes({ config, isWholeConfig = false }: AttributeSource, ...keys: readonly RequiredKey[]) {
  const absent = isWholeConfig ? keys.find((key) => config.raw[key] === undefined) : undefined;
  if (absent !== undefined)
    throw new ConstructionError(
      'AttributeError',
      `The config has no ${absent}, which the reference reads without a default.`,
    );
}

/** The config with a 0 for each absent key of a count: reading it goes on, and what is absent raises where it is read. */
export function withPlaceholders(raw: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const counts: readonly RequiredKey[] = [
    'hidden_size',
    'num_hidden_layers',
    'num_attention_heads',
    'intermediate_size',
    'moe_intermediate_size',
    'num_experts_per_tok',
    'vocab_size',
  ];
  return { ...Object.fromEntries(counts.map((key) => [key, 0])), ...raw };
}
