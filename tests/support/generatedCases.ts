/** Loading cases beyond the recorded ones: a recorded case with its set-up, config and tensors changed. */
import fc from 'fast-check';
import type { Case } from './secondReading/loader.ts';

const anyParallel = fc
  .record({
    tp_size: fc.constantFrom(1, 1, 2, 3, 4, 8),
    dp_size: fc.constantFrom(1, 1, 2, 3),
    rankSeed: fc.nat(1000),
    enable_expert_parallel: fc.boolean(),
    expert_placement_strategy: fc.constantFrom('linear', 'round_robin'),
    all2all_backend: fc.constantFrom('allgather_reducescatter', 'deepep_low_latency', 'pplx', 'mori'),
    eplb: fc.constantFrom([false, 0], [false, 0], [true, 0], [true, 2], [true, 4], [true, 8], [false, 2]),
    aiter: fc.constantFrom([false, false], [false, false], [true, false], [true, true]),
    use_mla: fc.constantFrom(true, true, true, false),
  })
  .map(({ rankSeed, eplb, aiter, ...rest }) => {
    const rank = rankSeed % (rest.tp_size * rest.dp_size);
    return {
      ...rest,
      tp_rank: rank % rest.tp_size,
      dp_rank: Math.floor(rank / rest.tp_size),
      enable_eplb: eplb[0] as boolean,
      num_redundant_experts: eplb[1] as number,
      aiter_fused_moe: aiter[0] as boolean,
      aiter_fused_shared_experts: aiter[1] as boolean,
    };
  });

const someParallel = fc.option(anyParallel, { nil: null, freq: 3 });

const requiredKeys = [
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
  'intermediate_size',
];

/** undefined takes the key away. */
const configChanges: readonly Record<string, unknown>[] = [
  {},
  {},
  {},
  { num_nextn_predict_layers: 2 },
  { num_nextn_predict_layers: 3 },
  { num_nextn_predict_layers: 0 },
  { num_nextn_predict_layers: undefined },
  { q_lora_rank: null },
  { q_lora_rank: undefined },
  { q_lora_rank: 100 },
  { kv_lora_rank: null },
  { n_shared_experts: 2 },
  { n_shared_experts: 3 },
  { n_shared_experts: null },
  { n_routed_experts: null },
  { n_routed_experts: 7 },
  { n_routed_experts: 1 },
  { first_k_dense_replace: 4 },
  { first_k_dense_replace: 9 },
  { moe_layer_freq: 2 },
  { moe_layer_freq: 4 },
  { topk_method: 'greedy' },
  { n_group: 1 },
  { n_group: undefined },
  { hidden_act: 'gelu' },
  { hidden_act: null },
  ...requiredKeys.map((key) => ({ [key]: undefined })),
  { vocab_size: 100 },
  { vocab_size: 129 },
  { vocab_size: 64 },
  { moe_intermediate_size: 6 },
  { moe_intermediate_size: 320 },
  { intermediate_size: 18 },
  { num_attention_heads: 6 },
  { qk_nope_head_dim: 0, qk_rope_head_dim: 0 },
  { qk_nope_head_dim: 0, qk_rope_head_dim: 0, v_head_dim: 0 },
  { index_topk: 4, index_n_heads: 3, index_head_dim: 8 },
  { index_topk: 4, index_n_heads: 3 },
  { index_topk: 4, index_n_heads: 3, index_head_dim: 8, q_lora_rank: null },
  { num_hidden_layers: 2 },
];

const packed = { gate_up_proj: ['gate_proj', 'up_proj'], fused_qkv_a_proj: ['q_a_proj', 'kv_a_proj_with_mqa'] };
const quantChanges: readonly (Record<string, unknown> | null)[] = [
  null,
  null,
  null,
  { method: 'none' },
  { method: 'fp8_block', weight_block_size: [128, 128], activation_scheme: 'dynamic' },
  { method: 'fp8_block', weight_block_size: [4, 4] },
  { method: 'fp8_block', weight_block_size: [8, 2] },
  { method: 'fp8_tensor', activation_scheme: 'static' },
  { method: 'fp8_tensor', activation_scheme: 'dynamic' },
  { method: 'fp8_block', weight_block_size: [4, 4], ignored_layers: ['model.layers.3.mlp.experts'] },
  { method: 'fp8_tensor', ignored_layers: ['model.layers.3.self_attn.o_proj', 'model.layers.3.mlp.shared_experts.x'] },
  {
    method: 'fp8_block',
    weight_block_size: [4, 4],
    packed_modules_mapping: packed,
    ignored_layers: ['model.layers.3.mlp.shared_experts.gate_proj'],
  },
  {
    method: 'fp8_tensor',
    activation_scheme: 'static',
    packed_modules_mapping: packed,
    ignored_layers: [
      'model.layers.3.mlp.shared_experts.gate_proj',
      'model.layers.3.mlp.shared_experts.up_proj',
      'model.layers.3.self_attn.q_a_proj',
      'model.layers.3.self_attn.kv_a_proj_with_mqa',
    ],
  },
];

/** Pieces that one name gets in place of another. */
const renames: readonly [string, string][] = [
  ['model.layers.3.', 'model.layers.4.'],
  ['model.layers.3.', 'model.layers.30.'],
  ['model.layers.3.', 'model.layers.3.mtp_block.'],
  ['model.layers.3.', 'layers.3.'],
  ['model.', 'language_model.model.'],
  ['gate_proj', 'up_proj'],
  ['gate_proj', 'gate_up_proj'],
  ['q_a_proj', 'fused_qkv_a_proj'],
  ['q_a_proj', 'qkv_proj'],
  ['q_b_proj', 'q_proj'],
  ['o_proj', 'k_proj'],
  ['weight', 'bias'],
  ['weight', 'qweight'],
  ['weight', 'weight_scale'],
  ['weight', 'weight_scale_inv'],
  ['weight', 'input_scale'],
  ['weight', 'k_scale'],
  ['weight', 'q_scale'],
  ['weight', 'kv_scale'],
  ['weight', 'v_zero_point'],
  ['experts.0.', 'experts.1.'],
  ['experts.0.', 'experts.00.'],
  ['experts.0.', 'experts.8.'],
  ['experts.0.gate_proj', 'experts.w13_weight'],
  ['experts.0.gate_proj.weight', 'experts.w13_weight'],
  ['experts.0.down_proj.weight', 'experts.w2_weight_scale'],
  ['shared_experts', 'experts.2'],
  ['shared_experts.', 'shared_experts.experts.1.'],
  ['mlp.', 'mlp.shared_experts.'],
  ['embed_tokens', 'enorm'],
  ['shared_head.head', 'shared_head'],
  ['shared_head.head', 'shared_head.embed_tokens'],
  ['self_attn', 'mixer'],
  ['self_attn', 'self_attn.rotary_emb.inv_freq'],
  ['mlp.experts', 'block.experts'],
];

const shapeChanges: readonly ((shape: number[]) => number[])[] = [
  () => [],
  () => [1],
  () => [2],
  () => [1, 1],
  ([first = 1, ...rest]) => [first + 1, ...rest],
  ([first = 1, ...rest]) => [Math.max(0, first - 1), ...rest],
  ([first = 1, ...rest]) => [2 * first, ...rest],
  ([first = 2, ...rest]) => [Math.floor(first / 4), ...rest],
  ([first = 1, ...rest]) => [first, ...rest.map((size) => size + 1)],
  ([first = 1, ...rest]) => [first, ...rest.map(() => 1)],
  ([first = 1]) => [first],
  (shape) => [1, ...shape],
  (shape) => [8, ...shape],
  (shape) => [...shape, 1],
  (shape) => [...shape].reverse(),
  (shape) => shape.map(() => 0),
];

interface TensorChange {
  readonly seed: number;
  readonly rename: (typeof renames)[number] | null;
  readonly reshape: (typeof shapeChanges)[number] | null;
  readonly twice: boolean;
}

const tensorChange: fc.Arbitrary<TensorChange> = fc.record({
  seed: fc.nat(100_000),
  rename: fc.option(fc.constantFrom(...renames), { nil: null }),
  reshape: fc.option(fc.constantFrom(...shapeChanges), { nil: null }),
  twice: fc.boolean(),
});

/**
 * @param bases recorded cases
 * @returns cases of at most 60 tensors: the base's tensors of the MTP layers, the changed ones first or last
 */
export function generatedCases(bases: readonly Case[]): fc.Arbitrary<Case> {
  return fc
    .record({
      base: fc.constantFrom(...bases),
      parallel: someParallel,
      change: fc.constantFrom(...configChanges),
      quant: fc.constantFrom(...quantChanges),
      changes: fc.array(tensorChange, { maxLength: 4 }),
      keep: fc.nat(1000),
      last: fc.boolean(),
    })
    .map(({ base, parallel, change, quant, changes, keep, last }) => {
      const config: Record<string, unknown> = { ...base.config, ...change };
      for (const [key, value] of Object.entries(config)) if (value === undefined) delete config[key];
      const mtp = base.tensors.filter(({ name }) => !/layers\.[0-2]\./.test(name));
      const tensors = mtp.filter((_, at) => (at + keep) % Math.ceil(mtp.length / 50) === 0);
      const changed = changes.flatMap(({ seed, rename, reshape, twice }) => {
        const fitting = rename === null ? mtp : mtp.filter(({ name }) => name.includes(rename[0]));
        const chosen = fitting[seed % Math.max(1, fitting.length)];
        if (chosen === undefined) return [];
        const name = rename === null ? chosen.name : chosen.name.split(rename[0]).join(rename[1]);
        const one = { ...chosen, name, shape: reshape === null ? chosen.shape : reshape(chosen.shape) };
        return twice ? [one, one] : [one];
      });
      return {
        config,
        parallel: parallel ?? base.parallel,
        quant: (quant ?? base.quant) as Case['quant'],
        tensors: last ? [...tensors, ...changed] : [...changed, ...tensors],
      };
    });
}
