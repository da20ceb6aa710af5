/** Every tensor of an fp8 checkpoint of the DeepSeek-V3 family: the list follows from a few numbers of config.json. */
import type { Dtype } from '../../electron/common/domain.ts';

export interface ListedTensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
}

/** The keys of config.json that decide names and shapes. */
export interface FamilySizes {
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_nextn_predict_layers: number;
  readonly num_attention_heads: number;
  readonly q_lora_rank: number;
  readonly kv_lora_rank: number;
  readonly qk_nope_head_dim: number;
  readonly qk_rope_head_dim: number;
  readonly v_head_dim: number;
  readonly intermediate_size: number;
  readonly moe_intermediate_size: number;
  readonly n_routed_experts: number;
  readonly n_shared_experts: number;
  readonly first_k_dense_replace: number;
  readonly vocab_size: number;
}

/** DeepSeek-V3 as published: 91,991 tensors. */
export const deepseekV3: FamilySizes = {
  hidden_size: 7168,
  num_hidden_layers: 61,
  num_nextn_predict_layers: 1,
  num_attention_heads: 128,
  q_lora_rank: 1536,
  kv_lora_rank: 512,
  qk_nope_head_dim: 128,
  qk_rope_head_dim: 64,
  v_head_dim: 128,
  intermediate_size: 18432,
  moe_intermediate_size: 2048,
  n_routed_experts: 256,
  n_shared_experts: 1,
  first_k_dense_replace: 3,
  vocab_size: 129280,
};

/** A made-up member with some 500,000 tensors, as the largest published ones have: more experts, each smaller. */
export const halfMillion: FamilySizes = {
  ...deepseekV3,
  num_hidden_layers: 92,
  moe_intermediate_size: 1024,
  n_routed_experts: 925,
};

/** config.json of such a checkpoint. */
export function configOf(sizes: FamilySizes): Record<string, unknown> {
  return {
    architectures: ['DeepseekV3ForCausalLM'],
    model_type: 'deepseek_v3',
    ...sizes,
    num_experts_per_tok: 8,
    n_group: 8,
    topk_group: 4,
    topk_method: 'noaux_tc',
    scoring_func: 'sigmoid',
    norm_topk_prob: true,
    routed_scaling_factor: 2.5,
    moe_layer_freq: 1,
    hidden_act: 'silu',
    rms_norm_eps: 1e-6,
    rope_theta: 10000,
    rope_scaling: null,
    max_position_embeddings: 163840,
    tie_word_embeddings: false,
    torch_dtype: 'bfloat16',
    quantization_config: {
      quant_method: 'fp8',
      fmt: 'e4m3',
      activation_scheme: 'dynamic',
      weight_block_size: [128, 128],
    },
  };
}

const block = 128;

function* quantized(name: string, rows: number, cols: number): Generator<ListedTensor> {
  yield { name: `${name}.weight`, dtype: 'F8_E4M3', shape: [rows, cols] };
  const blocks = [Math.ceil(rows / block), Math.ceil(cols / block)];
  yield { name: `${name}.weight_scale_inv`, dtype: 'F32', shape: blocks };
}

const plain = (name: string, ...shape: number[]): ListedTensor => ({ name, dtype: 'BF16', shape });

function* feedForward(name: string, hidden: number, inner: number): Generator<ListedTensor> {
  yield* quantized(`${name}.gate_proj`, inner, hidden);
  yield* quantized(`${name}.up_proj`, inner, hidden);
  yield* quantized(`${name}.down_proj`, hidden, inner);
}

function* decoderLayer(sizes: FamilySizes, layer: number): Generator<ListedTensor> {
  const { hidden_size: hidden, num_attention_heads: heads, q_lora_rank: queryRank, kv_lora_rank: latentRank } = sizes;
  const name = `model.layers.${layer}`;
  const attention = `${name}.self_attn`;
  yield* quantized(`${attention}.q_a_proj`, queryRank, hidden);
  yield plain(`${attention}.q_a_layernorm.weight`, queryRank);
  yield* quantized(`${attention}.q_b_proj`, heads * (sizes.qk_nope_head_dim + sizes.qk_rope_head_dim), queryRank);
  yield* quantized(`${attention}.kv_a_proj_with_mqa`, latentRank + sizes.qk_rope_head_dim, hidden);
  yield plain(`${attention}.kv_a_layernorm.weight`, latentRank);
  yield* quantized(`${attention}.kv_b_proj`, heads * (sizes.qk_nope_head_dim + sizes.v_head_dim), latentRank);
  yield* quantized(`${attention}.o_proj`, hidden, heads * sizes.v_head_dim);
  if (layer < sizes.first_k_dense_replace) yield* feedForward(`${name}.mlp`, hidden, sizes.intermediate_size);
  else {
    yield plain(`${name}.mlp.gate.weight`, sizes.n_routed_experts, hidden);
    yield { name: `${name}.mlp.gate.e_score_correction_bias`, dtype: 'F32', shape: [sizes.n_routed_experts] };
    for (let expert = 0; expert < sizes.n_routed_experts; expert++)
      yield* feedForward(`${name}.mlp.experts.${expert}`, hidden, sizes.moe_intermediate_size);
    const shared = sizes.n_shared_experts * sizes.moe_intermediate_size;
    yield* feedForward(`${name}.mlp.shared_experts`, hidden, shared);
  }
  yield plain(`${name}.input_layernorm.weight`, hidden);
  yield plain(`${name}.post_attention_layernorm.weight`, hidden);
}

/** All tensors, layer by layer; MTP layers stand after the others. */
export function* tensorsOf(sizes: FamilySizes): Generator<ListedTensor> {
  const { hidden_size: hidden, vocab_size: vocabulary, num_hidden_layers: numMain } = sizes;
  yield plain('model.embed_tokens.weight', vocabulary, hidden);
  for (let layer = 0; layer < numMain + sizes.num_nextn_predict_layers; layer++) {
    yield* decoderLayer(sizes, layer);
    if (layer < numMain) continue;
    const name = `model.layers.${layer}`;
    yield plain(`${name}.embed_tokens.weight`, vocabulary, hidden);
    yield plain(`${name}.enorm.weight`, hidden);
    yield plain(`${name}.hnorm.weight`, hidden);
    yield plain(`${name}.eh_proj.weight`, hidden, 2 * hidden);
    yield plain(`${name}.shared_head.norm.weight`, hidden);
    yield plain(`${name}.shared_head.head.weight`, vocabulary, hidden);
  }
  yield plain('model.norm.weight', hidden);
  yield plain('lm_head.weight', vocabulary, hidden);
}
