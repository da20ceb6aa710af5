/** The parameter tables: which parameters the reference builds on one rank, or why it cannot build them. */
import type { ModelConfig, QuantizationConfig, RaisedError, RankPlacement } from '../../common/domain.ts';
import { type AttributeSource, readAttributes } from './configAttributes.ts';
import { ConstructionError, type ParameterTable } from './parameterSpec.ts';
import { type PackedModules, schemeOf } from './quantScheme.ts';
import { TableBuilder } from './tableBuilder.ts';

/**
 * drafter: class DeepSeekMTP of the reference, one shared embedding.
 * drafterModules: the same layers, each with its own embedding and head where the checkpoint has them.
 * target: the main model.
 */
export type TableKind = 'drafter' | 'drafterModules' | 'target';

export interface ModelInput extends AttributeSource {
  readonly placement: RankPlacement;
  readonly useMla: boolean;
  readonly quantization: QuantizationConfig;
  readonly packedModules: PackedModules;
  /** Whether the checkpoint holds a tensor; only asked for drafterModules. */
  readonly hasTensor: (name: string) => boolean;
}

/** The parameters of one rank in the order of named_parameters(), or what the reference raises while building them. */
export function buildParameters(kind: TableKind, input: ModelInput): ParameterTable | RaisedError {
  const [fault] = input.config.faults ?? [];
  if (fault !== undefined) return fault;
  try {
    const builder = new TableBuilder(input.config.torchDtype);
    if (kind === 'target') targetModel(builder, input);
    else drafterModel(builder, input, kind === 'drafterModules');
    return builder.table();
  } catch (error) {
    if (error instanceof ConstructionError) return error.raised;
    throw error;
  }
}

export function isMoeLayer(config: ModelConfig, layer: number): boolean {
  return (
    config.nRoutedExperts !== null &&
    layer >= config.firstKDenseReplace &&
    layer % Math.max(1, config.moeLayerFreq) === 0
  );
}

function drafterModel(builder: TableBuilder, input: ModelInput, ownTables: boolean): void {
  const { config, placement } = input;
  const { numHiddenLayers: firstLayer, hiddenSize, vocabSize } = config;
  readAttributes(input, 'num_hidden_layers', 'num_nextn_predict_layers');
  if (config.numNextnPredictLayers === null)
    throw new ConstructionError('AttributeError', 'config.json has no num_nextn_predict_layers.');
  for (let layer = firstLayer; layer < firstLayer + config.numNextnPredictLayers; layer++) {
    const name = `model.layers.${layer}`;
    readAttributes(input, 'hidden_size', 'rms_norm_eps', 'vocab_size');
    if (ownTables && input.hasTensor(`${name}.embed_tokens.weight`))
      builder.vocabulary(`${name}.embed_tokens.weight`, vocabSize, hiddenSize, placement);
    builder.plain(`${name}.enorm.weight`, [hiddenSize]);
    builder.plain(`${name}.hnorm.weight`, [hiddenSize]);
    builder.plain(`${name}.eh_proj.weight`, [hiddenSize, 2 * hiddenSize]);
    builder.plain(`${name}.shared_head.norm.weight`, [hiddenSize]);
    if (!ownTables || input.hasTensor(`${name}.shared_head.head.weight`))
      builder.vocabulary(`${name}.shared_head.head.weight`, vocabSize, hiddenSize, placement);
    decoderLayer(builder, input, `${name}.mtp_block`, layer);
  }
  readAttributes(input, 'vocab_size', 'hidden_size');
  if (!ownTables) builder.vocabulary('model.embed_tokens.weight', vocabSize, hiddenSize, placement);
  // The drafter's class reads n_group without a default, although its expert layers have one.
  if (config.nGroup === null) {
    const why = config.raw.n_group === null ? 'n_group is null' : 'there is no n_group';
    throw new ConstructionError('AttributeError', `${why} in config.json.`);
  }
}

function targetModel(builder: TableBuilder, input: ModelInput): void {
  const { config, placement } = input;
  builder.vocabulary('model.embed_tokens.weight', config.vocabSize, config.hiddenSize, placement);
  for (let layer = 0; layer < config.numHiddenLayers; layer++)
    decoderLayer(builder, input, `model.layers.${layer}`, layer);
  builder.plain('model.norm.weight', [config.hiddenSize]);
  builder.vocabulary('lm_head.weight', config.vocabSize, config.hiddenSize, placement);
}

function decoderLayer(builder: TableBuilder, input: ModelInput, name: string, layer: number): void {
  const { config } = input;
  readAttributes(input, 'num_attention_heads');
  attention(builder, input, `${name}.self_attn`, `model.layers.${layer}.self_attn`);
  readAttributes(input, 'n_routed_experts');
  if (config.nRoutedExperts !== null) readAttributes(input, 'first_k_dense_replace');
  const mlpPrefix = `model.layers.${layer}.mlp`;
  if (isMoeLayer(config, layer)) moe(builder, input, `${name}.mlp`, mlpPrefix);
  else {
    const { tpSize, tpRank } = input.placement;
    readAttributes(input, 'intermediate_size', 'hidden_act');
    denseMlp(builder, input, `${name}.mlp`, mlpPrefix, config.intermediateSize, tpSize, tpRank);
  }
  builder.plain(`${name}.input_layernorm.weight`, [config.hiddenSize]);
  builder.plain(`${name}.post_attention_layernorm.weight`, [config.hiddenSize]);
}

/** Latent attention fused or not, or plain multi-head attention when both query-key head sizes are 0. */
function attention(builder: TableBuilder, input: ModelInput, name: string, prefix: string): void {
  const { config, placement } = input;
  const { hiddenSize, numAttentionHeads: heads, qkNopeHeadDim, qkRopeHeadDim, vHeadDim, qLoraRank } = config;
  const { tpSize, tpRank } = placement;
  if (heads % tpSize !== 0)
    throw new ConstructionError('AssertionError', `${heads} attention heads cannot be divided by ${tpSize} ranks.`);
  const linear = (layer: string, parts: readonly number[], columns: number, cut: 'rows' | 'columns' | 'whole') =>
    builder.linear({
      name: `${name}.${layer}`,
      parts,
      input: columns,
      cut,
      tpSize,
      tpRank,
      scheme: () => schemeOf(input.quantization, input.packedModules, `${prefix}.${layer}`),
      qkv: layer === 'qkv_proj',
    });
  if (qkNopeHeadDim === 0 && qkRopeHeadDim === 0) {
    const headDim = hiddenSize / heads;
    const declared = config.raw.num_key_value_heads;
    // Fewer key-value heads than ranks are repeated, so that every rank has one.
    const keyValueRows = Math.max(typeof declared === 'number' ? declared : heads, tpSize) * headDim;
    linear('qkv_proj', [hiddenSize, keyValueRows, keyValueRows], hiddenSize, 'rows');
    linear('o_proj', [hiddenSize], hiddenSize, 'columns');
    attentionScales(builder, input, name);
    return;
  }
  if (config.indexTopk !== null && !input.useMla)
    throw new ConstructionError('AssertionError', 'Only latent attention has an indexer, but it is switched off.');
  const kvLoraRank = config.kvLoraRank ?? 0;
  const latentRows = kvLoraRank + qkRopeHeadDim;
  const queryRows = heads * (qkNopeHeadDim + qkRopeHeadDim);
  const queryFromLatent = () => {
    if (qLoraRank === null) return;
    builder.plain(`${name}.q_a_layernorm.weight`, [qLoraRank]);
    linear('q_b_proj', [queryRows], qLoraRank, 'rows');
  };
  if (input.useMla && qLoraRank !== null) {
    linear('fused_qkv_a_proj', [qLoraRank, latentRows], hiddenSize, 'whole');
    queryFromLatent();
  } else if (input.useMla) {
    linear('kv_a_proj_with_mqa', [latentRows], hiddenSize, 'whole');
    linear('q_proj', [queryRows], hiddenSize, 'rows');
  } else {
    if (qLoraRank === null) linear('q_proj', [queryRows], hiddenSize, 'rows');
    else linear('q_a_proj', [qLoraRank], hiddenSize, 'whole');
    queryFromLatent();
    // An absent key counts as 0; null is there, and is added to a number.
    requireNumber(config.raw.kv_lora_rank === null, 'kv_lora_rank');
    linear('kv_a_proj_with_mqa', [latentRows], hiddenSize, 'whole');
  }
  builder.plain(`${name}.kv_a_layernorm.weight`, [kvLoraRank]);
  linear('kv_b_proj', [heads * (qkNopeHeadDim + vHeadDim)], kvLoraRank, 'rows');
  linear('o_proj', [hiddenSize], heads * vHeadDim, 'columns');
  if (!input.useMla) attentionScales(builder, input, name);
  else if (config.indexTopk !== null) indexer(builder, input, `${name}.indexer`, `${prefix}.indexer`);
}

/** An fp8 checkpoint hands scalar cache scales to the ordinary attention class, not to latent attention. */
function attentionScales(builder: TableBuilder, input: ModelInput, name: string): void {
  if (input.quantization.method !== 'fp8Block' && input.quantization.method !== 'fp8Tensor') return;
  for (const scale of ['q', 'k', 'v', 'prob']) builder.plain(`${name}.attn.${scale}_scale`, []);
}

function indexer(builder: TableBuilder, input: ModelInput, name: string, prefix: string): void {
  const { config } = input;
  readAttributes(input, 'index_n_heads', 'index_head_dim');
  requireNumber(config.qLoraRank === null, 'q_lora_rank');
  const heads = config.indexNHeads ?? 0;
  const headDim = config.indexHeadDim ?? 0;
  const linear = (layer: string, rows: number, columns: number, quantized: boolean) =>
    builder.linear({
      name: `${name}.${layer}`,
      parts: [rows],
      input: columns,
      cut: 'whole',
      tpSize: 1,
      tpRank: 0,
      scheme: () =>
        quantized ? schemeOf(input.quantization, input.packedModules, `${prefix}.${layer}`) : { kind: 'none' },
    });
  linear('wq_b', heads * headDim, config.qLoraRank ?? 0, true);
  linear('wk', headDim, config.hiddenSize, true);
  builder.plain(`${name}.k_norm.weight`, [headDim], 'F32');
  builder.plain(`${name}.k_norm.bias`, [headDim], 'F32');
  linear('weights_proj', heads, config.hiddenSize, false);
}

function moe(builder: TableBuilder, input: ModelInput, name: string, prefix: string): void {
  const { config, placement } = input;
  readAttributes(input, 'n_shared_experts', 'hidden_act');
  requireSilu(config);
  const experts = config.nRoutedExperts ?? 0;
  builder.linear({
    name: `${name}.gate`,
    parts: [experts],
    input: config.hiddenSize,
    cut: 'whole',
    tpSize: 1,
    tpRank: 0,
    scheme: () => ({ kind: 'none' }),
  });
  if (config.topkMethod === 'noaux_tc') builder.plain(`${name}.gate.e_score_correction_bias`, [experts], 'F32');
  if (config.nSharedExperts !== null && placement.numFusedSharedExperts === 0) {
    readAttributes(input, 'moe_intermediate_size');
    const inner = config.nSharedExperts * config.moeIntermediateSize;
    const { sharedTpSize, sharedTpRank } = placement;
    denseMlp(builder, input, `${name}.shared_experts`, `${prefix}.shared_experts`, inner, sharedTpSize, sharedTpRank);
  }
  readAttributes(input, 'num_experts_per_tok', 'moe_intermediate_size', 'norm_topk_prob');
  if (placement.expertError !== null)
    throw new ConstructionError(placement.expertError.type, placement.expertError.message);
  builder.experts({
    name: `${name}.experts`,
    hidden: config.hiddenSize,
    inner: config.moeIntermediateSize,
    placement,
    scheme: schemeOf(input.quantization, input.packedModules, `${prefix}.experts`),
  });
}

function denseMlp(
  builder: TableBuilder,
  input: ModelInput,
  name: string,
  prefix: string,
  inner: number,
  tpSize: number,
  tpRank: number,
): void {
  const { hiddenSize } = input.config;
  const scheme = (layer: string) => () => schemeOf(input.quantization, input.packedModules, `${prefix}.${layer}`);
  const shared = { tpSize, tpRank };
  builder.linear({
    ...shared,
    name: `${name}.gate_up_proj`,
    parts: [inner, inner],
    input: hiddenSize,
    cut: 'rows',
    scheme: scheme('gate_up_proj'),
  });
  builder.linear({
    ...shared,
    name: `${name}.down_proj`,
    parts: [hiddenSize],
    input: inner,
    cut: 'columns',
    scheme: scheme('down_proj'),
  });
  requireSilu(input.config);
}

function requireNumber(isMissing: boolean, key: string): void {
  if (isMissing) throw new ConstructionError('TypeError', `${key} is null where the reference needs a number.`);
}

function requireSilu(config: ModelConfig): void {
  // An explicit null is no silu either.
  const act = config.raw.hidden_act === null ? null : config.hiddenAct;
  if (act !== 'silu')
    throw new ConstructionError('ValueError', `hidden_act is ${JSON.stringify(act)}; the reference only knows silu.`);
}
