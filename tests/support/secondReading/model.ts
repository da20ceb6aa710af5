/** Second reading, sections 1, 2 and 4: the parameters of one rank in order, or what building them raises. */
import { type ExpertRanks, expertRanks, type Parallel, sequenceParallelMoe } from './ranks.ts';
import { check, numel, Raised } from './tensors.ts';

export type Config = Record<string, unknown>;

export interface Quant {
  method: 'none' | 'fp8_block' | 'fp8_tensor';
  weight_block_size?: readonly number[] | null;
  activation_scheme?: string;
  ignored_layers?: readonly string[];
  packed_modules_mapping?: Record<string, readonly string[]>;
}

export type Loader = 'default' | 'replicated' | 'column' | 'row' | 'merged' | 'qkv' | 'vocab' | 'experts';

export interface Param {
  name: string;
  shape: number[];
  dtype: string;
  class: string;
  loader: Loader;
  /** Global part sizes of a merged layer. */
  parts: number[];
  tp: number;
  t: number;
  block: number | null;
  perTensor: boolean;
  written: Uint8Array;
}

export interface Built {
  params: Param[];
  ranks: ExpertRanks | null;
}

const cd = (a: number, b: number): number => Math.ceil(a / b);

export function build(config: Config, parallel: Parallel, quant: Quant): Built {
  const need = (key: string): number => {
    check(config[key] !== undefined, 'AttributeError');
    return config[key] as number;
  };
  const silu = (): void => {
    need('hidden_act');
    check(config.hidden_act === 'silu', 'ValueError');
  };
  const params: Param[] = [];
  const [tp, t] = [parallel.tp_size, parallel.tp_rank];
  const [bn, bk] = [quant.weight_block_size?.[0] ?? 128, quant.weight_block_size?.[1] ?? 128];
  const add = (name: string, shape: number[], rest: Partial<Param> = {}): void => {
    const usual = { dtype: 'BF16', class: 'Parameter', loader: 'default' as const, parts: [], tp: 1, t: 0 };
    params.push({
      ...usual,
      block: null,
      perTensor: false,
      ...rest,
      name,
      shape,
      written: new Uint8Array(numel(shape)),
    });
  };
  const ignored = (prefix: string): boolean => {
    const list = quant.ignored_layers ?? [];
    const last = prefix.split('.').at(-1) ?? '';
    const unfused = quant.packed_modules_mapping?.[last];
    if (unfused !== undefined && Object.hasOwn(quant.packed_modules_mapping ?? {}, last)) {
      const answers = unfused.map((part) => list.includes(prefix.split(last).join(part)));
      check(new Set(answers).size <= 1, 'ValueError');
      return answers[0] ?? false;
    }
    if (prefix.includes('experts')) return list.some((entry) => entry.includes('experts') && entry.includes(prefix));
    return list.includes(prefix);
  };
  const methodOf = (prefix: string | null): Quant['method'] =>
    prefix === null || quant.method === 'none' || ignored(prefix) ? 'none' : quant.method;

  const linear = (
    at: string,
    prefix: string | null,
    outs: number[],
    input: number,
    kind: 'column' | 'row' | 'replicated' | 'qkv',
    size = tp,
    rank = t,
  ): void => {
    const merged = outs.length > 1;
    const cutRows = kind === 'column' || kind === 'qkv';
    if (cutRows) for (const out of outs) check(out % size === 0);
    if (kind === 'row') check(input % size === 0);
    const local = cutRows ? outs.map((out) => out / size) : outs;
    const localIn = kind === 'row' ? input / size : input;
    const method = methodOf(prefix);
    if (method === 'fp8_block' && size > 1 && kind === 'row') check(localIn % bk === 0, 'ValueError');
    if (method === 'fp8_block' && size > 1 && cutRows && !merged) check((local[0] as number) % bn === 0, 'ValueError');
    const loader: Loader = kind === 'qkv' ? 'qkv' : merged ? 'merged' : kind;
    const how = {
      loader,
      parts: merged ? outs : [],
      tp: cutRows || kind === 'row' ? size : 1,
      t: cutRows || kind === 'row' ? rank : 0,
    };
    const sum = local.reduce((a, b) => a + b, 0);
    add(`${at}.weight`, [sum, localIn], {
      ...how,
      dtype: method === 'none' ? 'BF16' : 'F8_E4M3',
      class: 'ModelWeightParameter',
    });
    if (method === 'fp8_block')
      add(`${at}.weight_scale_inv`, [cd(sum, bn), cd(localIn, bk)], {
        ...how,
        dtype: 'F32',
        class: 'BlockQuantScaleParameter',
        block: bn,
      });
    if (method === 'fp8_tensor')
      for (const scale of quant.activation_scheme === 'static' ? ['weight_scale', 'input_scale'] : ['weight_scale'])
        add(`${at}.${scale}`, [outs.length], {
          ...how,
          dtype: 'F32',
          class: 'PerTensorScaleParameter',
          perTensor: true,
        });
  };

  const H = config.hidden_size as number;
  const L0 = need('num_hidden_layers');
  const M = need('num_nextn_predict_layers');
  const padded = cd(config.vocab_size as number, 64) * 64;
  let ranks: ExpertRanks | null = null;

  const attention = (at: string, prefix: string): void => {
    const N = need('num_attention_heads');
    const P = (config.qk_nope_head_dim as number) ?? 0;
    const R = (config.qk_rope_head_dim as number) ?? 0;
    const V = (config.v_head_dim as number) ?? 0;
    const Lq = (config.q_lora_rank as number | null | undefined) ?? null;
    const Lkv = (config.kv_lora_rank as number | null | undefined) ?? null;
    const mla = parallel.use_mla !== false && Lkv !== null;
    check(N % tp === 0);
    const plainScales = (): void => {
      if (quant.method !== 'none') for (const scale of ['q', 'k', 'v', 'prob']) add(`${at}.attn.${scale}_scale`, []);
    };
    if (P === 0 && R === 0) {
      const head = H / N;
      const kv = ((config.num_key_value_heads as number | undefined) ?? N) * head;
      linear(`${at}.qkv_proj`, `${prefix}.qkv_proj`, [H, kv, kv], H, 'qkv');
      linear(`${at}.o_proj`, `${prefix}.o_proj`, [H], H, 'row');
      plainScales();
      return;
    }
    const isV32 = config.index_topk !== undefined;
    // The ordinary attention class refuses the buffer of the indexer.
    check(mla || !isV32);
    const one = (name: string, out: number, input: number, kind: 'column' | 'row' | 'replicated') =>
      linear(`${at}.${name}`, `${prefix}.${name}`, [out], input, kind);
    const kvA = (Lkv ?? 0) + R;
    if (mla && Lq !== null) linear(`${at}.fused_qkv_a_proj`, `${prefix}.fused_qkv_a_proj`, [Lq, kvA], H, 'replicated');
    if (mla && Lq === null) one('kv_a_proj_with_mqa', kvA, H, 'replicated');
    if (!mla && Lq !== null) one('q_a_proj', Lq, H, 'replicated');
    if (Lq !== null) {
      add(`${at}.q_a_layernorm.weight`, [Lq]);
      one('q_b_proj', N * (P + R), Lq, 'column');
    } else one('q_proj', N * (P + R), H, 'column');
    check(config.kv_lora_rank !== null, 'TypeError');
    if (!mla) one('kv_a_proj_with_mqa', kvA, H, 'replicated');
    add(`${at}.kv_a_layernorm.weight`, [Lkv ?? 0]);
    one('kv_b_proj', N * (P + V), Lkv ?? 0, 'column');
    one('o_proj', H, N * V, 'row');
    if (!mla) plainScales();
    if (!isV32) return;
    const [heads, dim] = [need('index_n_heads'), need('index_head_dim')];
    check(Lq !== null, 'TypeError');
    one('indexer.wq_b', heads * dim, Lq ?? 0, 'replicated');
    one('indexer.wk', dim, H, 'replicated');
    add(`${at}.indexer.k_norm.weight`, [dim], { dtype: 'F32' });
    add(`${at}.indexer.k_norm.bias`, [dim], { dtype: 'F32' });
    linear(`${at}.indexer.weights_proj`, null, [heads], H, 'replicated');
  };

  const mlp = (at: string, prefix: string, inner: number, size: number, rank: number): void => {
    linear(`${at}.gate_up_proj`, `${prefix}.gate_up_proj`, [inner, inner], H, 'column', size, rank);
    linear(`${at}.down_proj`, `${prefix}.down_proj`, [H], inner, 'row', size, rank);
    silu();
  };

  const moe = (at: string, prefix: string): void => {
    const E = config.n_routed_experts as number;
    const S = need('n_shared_experts') as number | null;
    silu();
    const I = config.moe_intermediate_size as number;
    linear(`${at}.gate`, null, [E], H, 'replicated');
    if (config.topk_method === 'noaux_tc') add(`${at}.gate.e_score_correction_bias`, [E], { dtype: 'F32' });
    const sequence = sequenceParallelMoe(parallel);
    if (S !== null && parallel.aiter_fused_shared_experts !== true)
      mlp(
        `${at}.shared_experts`,
        `${prefix}.shared_experts`,
        S * need('moe_intermediate_size'),
        sequence ? 1 : tp,
        sequence ? 0 : t,
      );
    for (const key of ['num_experts_per_tok', 'moe_intermediate_size', 'norm_topk_prob']) need(key);
    const placed = expertRanks(E, S ?? 0, (config.n_group as number | undefined) ?? 1, parallel);
    ranks ??= placed;
    const { mt, rows } = placed;
    check(I % mt === 0);
    const inner = I / mt;
    const method = methodOf(`${prefix}.experts`);
    if (method === 'fp8_block') {
      check(inner % bn === 0, 'ValueError');
      check(tp === 1 || inner % bk === 0, 'ValueError');
    }
    const dtype = method === 'none' ? 'BF16' : 'F8_E4M3';
    const expert = { loader: 'experts' as const, tp: mt, t: placed.m };
    add(`${at}.experts.w13_weight`, [rows, 2 * inner, H], { ...expert, dtype });
    add(`${at}.experts.w2_weight`, [rows, H, inner], { ...expert, dtype });
    const scale = { ...expert, dtype: 'F32' };
    if (method === 'fp8_block') {
      add(`${at}.experts.w13_weight_scale_inv`, [rows, 2 * cd(inner, bn), cd(H, bk)], { ...scale, block: bn });
      add(`${at}.experts.w2_weight_scale_inv`, [rows, cd(H, bn), cd(inner, bk)], { ...scale, block: bn });
    }
    if (method === 'fp8_tensor') {
      add(`${at}.experts.w13_weight_scale`, [rows, 2], { ...scale, perTensor: true });
      add(`${at}.experts.w2_weight_scale`, [rows], { ...scale, perTensor: true });
      if (quant.activation_scheme === 'static') {
        add(`${at}.experts.w13_input_scale`, [rows], { ...scale, perTensor: true });
        add(`${at}.experts.w2_input_scale`, [rows], { ...scale, perTensor: true });
      }
    }
  };

  for (let l = L0; l < L0 + M; l++) {
    const at = `model.layers.${l}`;
    for (const key of ['hidden_size', 'rms_norm_eps', 'vocab_size']) need(key);
    add(`${at}.enorm.weight`, [H]);
    add(`${at}.hnorm.weight`, [H]);
    add(`${at}.eh_proj.weight`, [H, 2 * H]);
    add(`${at}.shared_head.norm.weight`, [H]);
    check(padded % tp === 0);
    add(`${at}.shared_head.head.weight`, [padded / tp, H], { loader: 'vocab', tp, t });
    attention(`${at}.mtp_block.self_attn`, `${at}.self_attn`);
    const isMoe =
      (need('n_routed_experts') as number | null) !== null &&
      l >= need('first_k_dense_replace') &&
      l % ((config.moe_layer_freq as number | undefined) ?? 1) === 0;
    if (isMoe) moe(`${at}.mtp_block.mlp`, `${at}.mlp`);
    else {
      const inner = need('intermediate_size');
      need('hidden_act');
      mlp(`${at}.mtp_block.mlp`, `${at}.mlp`, inner, tp, t);
    }
    add(`${at}.mtp_block.input_layernorm.weight`, [H]);
    add(`${at}.mtp_block.post_attention_layernorm.weight`, [H]);
  }
  for (const key of ['vocab_size', 'hidden_size']) need(key);
  check(padded % tp === 0);
  add('model.embed_tokens.weight', [padded / tp, H], { loader: 'vocab', tp, t });
  if (config.n_group === undefined) throw new Raised('AttributeError');
  return { params, ranks };
}
