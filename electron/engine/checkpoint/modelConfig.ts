/** config.json -> ModelConfig: strict about the keys that the loader needs, silent about all others. */
import type { Dtype, ModelConfig, QuantizationConfig } from '../../common/domain.ts';
import { type FailureCode, FailureError } from '../../common/failure.ts';
import { otherFamilyConfig } from './otherFamilyConfig.ts';

type Json = Readonly<Record<string, unknown>>;

/** The drafter of these is built as class DeepSeekMTP, or they share the family's decoder layers. */
const knownModelTypes: readonly string[] = [
  'deepseek_v2',
  'deepseek_v3',
  'deepseek_v32',
  'deepseek_mtp',
  'glm_moe_dsa',
];

const dtypeNames: Readonly<Record<string, Dtype>> = {
  bfloat16: 'BF16',
  float16: 'F16',
  half: 'F16',
  float32: 'F32',
  float: 'F32',
};

/** Far above any model of the family: a count that is larger is a damaged file, and tables of that size would never end. */
const limits: Readonly<Record<string, number>> = {
  num_hidden_layers: 4096,
  num_nextn_predict_layers: 1024,
  n_routed_experts: 16_384,
};

/** A key that is missing, of the wrong type or absurd. */
export class ConfigKeyError extends FailureError {
  readonly key: string;
  constructor(key: string, code: FailureCode, message: string) {
    super(code, message);
    this.key = key;
  }
}

function refuseAbove(raw: Json, key: string, limit: number): void {
  const value = raw[key];
  if (typeof value === 'number' && value > limit)
    throw new ConfigKeyError(
      key,
      'configUnreadable',
      `config.json: "${key}" is ${value}; Draftscope takes at most ${limit}.`,
    );
}

/** Experts of all layers together; the largest models of the family have some 25,000. */
const maxExpertsOfAllLayers = 1_000_000;

function refuseTooManyExperts(raw: Json): void {
  const at = (key: string) => (typeof raw[key] === 'number' ? raw[key] : 0);
  const experts = at('n_routed_experts') * (at('num_hidden_layers') + at('num_nextn_predict_layers'));
  if (experts > maxExpertsOfAllLayers)
    throw new ConfigKeyError(
      'n_routed_experts',
      'configUnreadable',
      `config.json: "n_routed_experts" over all layers makes ${experts} experts; Draftscope takes at most ${maxExpertsOfAllLayers}.`,
    );
}

/**
 * @param raw parsed config.json
 * @throws ConfigKeyError configUnsupported (an unknown dtype) or configUnreadable (a key is missing
 *   or has the wrong type; the key is named)
 */
export function configFromJson(raw: Json): ModelConfig {
  const modelType = typeof raw.model_type === 'string' ? raw.model_type : null;
  if (modelType === null || !knownModelTypes.includes(modelType)) return otherFamilyConfig(raw);
  const nRoutedExperts = count(raw, 'n_routed_experts', null, { nullable: true });
  const hasExperts = nRoutedExperts !== null;
  for (const [key, limit] of Object.entries(limits)) refuseAbove(raw, key, limit);
  refuseTooManyExperts(raw);
  const rope = ropeOf(raw);
  return {
    modelType,
    architectures: textList(raw, 'architectures'),
    hiddenSize: count(raw, 'hidden_size'),
    numHiddenLayers: count(raw, 'num_hidden_layers'),
    numNextnPredictLayers: count(raw, 'num_nextn_predict_layers', null, { nullable: true }),
    numAttentionHeads: count(raw, 'num_attention_heads'),
    qLoraRank: count(raw, 'q_lora_rank', null, { nullable: true }),
    kvLoraRank: count(raw, 'kv_lora_rank', null, { nullable: true }),
    qkNopeHeadDim: count(raw, 'qk_nope_head_dim', 0),
    qkRopeHeadDim: count(raw, 'qk_rope_head_dim', 0),
    vHeadDim: count(raw, 'v_head_dim', 0),
    intermediateSize: count(raw, 'intermediate_size'),
    moeIntermediateSize: hasExperts ? count(raw, 'moe_intermediate_size') : count(raw, 'moe_intermediate_size', 0),
    nRoutedExperts,
    nSharedExperts: count(raw, 'n_shared_experts', null, { nullable: true }),
    numExpertsPerTok: hasExperts ? count(raw, 'num_experts_per_tok') : count(raw, 'num_experts_per_tok', 0),
    nGroup: count(raw, 'n_group', null, { nullable: true }),
    topkGroup: count(raw, 'topk_group', 1),
    topkMethod: text(raw, 'topk_method', '') ?? '',
    scoringFunc: text(raw, 'scoring_func', 'softmax') ?? 'softmax',
    normTopkProb: flag(raw, 'norm_topk_prob', modelType !== 'deepseek_v2'),
    routedScalingFactor: number(raw, 'routed_scaling_factor', 1),
    firstKDenseReplace: count(raw, 'first_k_dense_replace', 0),
    moeLayerFreq: count(raw, 'moe_layer_freq', 1),
    hiddenAct: text(raw, 'hidden_act', 'silu') ?? 'silu',
    rmsNormEps: number(raw, 'rms_norm_eps', 1e-6),
    ropeTheta: rope.theta,
    ropeScaling: rope.scaling,
    // What the family's config class takes when the key is absent.
    maxPositionEmbeddings: count(raw, 'max_position_embeddings', 4096),
    vocabSize: count(raw, 'vocab_size'),
    tieWordEmbeddings: flag(raw, 'tie_word_embeddings', false),
    torchDtype: torchDtypeOf(raw),
    indexTopk: count(raw, 'index_topk', null, { nullable: true }),
    indexNHeads: count(raw, 'index_n_heads', null, { nullable: true }),
    indexHeadDim: count(raw, 'index_head_dim', null, { nullable: true }),
    quantization: quantizationOf(raw),
    raw,
  };
}

function unreadable(key: string, wanted: string, value: unknown): ConfigKeyError {
  const found = value === undefined ? 'it is missing' : `it is ${JSON.stringify(value).slice(0, 60)}`;
  return new ConfigKeyError(key, 'configUnreadable', `config.json: "${key}" should be ${wanted}, but ${found}.`);
}

function count(raw: Json, key: string, fallback?: number): number;
function count(raw: Json, key: string, fallback: null, options: { nullable: true }): number | null;
function count(raw: Json, key: string, fallback?: number | null, options?: { nullable: true }): number | null {
  const value = raw[key];
  if (value === undefined && fallback !== undefined) return fallback;
  if (value === null && (options?.nullable || fallback !== undefined)) return fallback ?? null;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw unreadable(key, 'a whole number', value);
  return value;
}

function number(raw: Json, key: string, fallback: number): number {
  const value = raw[key] ?? fallback;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw unreadable(key, 'a number', value);
  return value;
}

function flag(raw: Json, key: string, fallback: boolean): boolean {
  const value = raw[key] ?? fallback;
  if (typeof value !== 'boolean') throw unreadable(key, 'true or false', value);
  return value;
}

function text(raw: Json, key: string, fallback: string | null): string | null {
  const value = raw[key] ?? fallback;
  if (value !== null && typeof value !== 'string') throw unreadable(key, 'text', value);
  return value;
}

function textList(raw: Json, key: string): string[] {
  const value = raw[key] ?? [];
  if (!Array.isArray(value) || !value.every((item): item is string => typeof item === 'string'))
    throw unreadable(key, 'a list of texts', value);
  return value;
}

function record(raw: Json, key: string): Json | null {
  const value = raw[key] ?? null;
  if (value !== null && (typeof value !== 'object' || Array.isArray(value)))
    throw unreadable(key, 'an object or null', value);
  return value as Json | null;
}

/** Newer transformers releases write rope_parameters, with rope_theta inside; older ones rope_scaling beside rope_theta. */
function ropeOf(raw: Json): { readonly theta: number; readonly scaling: Json | null } {
  const parameters = record(raw, 'rope_parameters');
  const scaling = record(raw, 'rope_scaling') ?? parameters;
  const theta = number(raw, 'rope_theta', parameters === null ? 10000 : number(parameters, 'rope_theta', 10000));
  const type = scaling?.rope_type ?? scaling?.type ?? 'default';
  return { theta, scaling: type === 'default' ? null : scaling };
}

function torchDtypeOf(raw: Json): Dtype {
  const name = text(raw, 'dtype', null) ?? text(raw, 'torch_dtype', null);
  if (name === null) return 'BF16';
  const key = name.replace(/^torch\./, '');
  const dtype = Object.hasOwn(dtypeNames, key) ? dtypeNames[key] : undefined;
  if (dtype === undefined)
    throw new ConfigKeyError(
      'torch_dtype',
      'configUnsupported',
      `config.json says torch_dtype "${name}", which is not supported.`,
    );
  return dtype;
}

function quantizationOf(raw: Json): QuantizationConfig {
  const quant = record(raw, 'quantization_config');
  const none = { declared: null, weightBlockSize: null, activationScheme: 'dynamic', ignoredLayers: [] } as const;
  if (quant === null) return { ...none, method: 'none' };
  const declared = text(quant, 'quant_method', null);
  if (declared !== 'fp8') return { ...none, method: 'other', declared: declared ?? 'unnamed' };
  const block = quant.weight_block_size ?? null;
  const named = textList(quant, 'ignored_layers');
  const ignored = named.length > 0 ? named : textList(quant, 'modules_to_not_convert');
  const activationScheme = text(quant, 'activation_scheme', 'dynamic');
  if (activationScheme !== 'dynamic' && activationScheme !== 'static')
    throw unreadable('quantization_config.activation_scheme', '"dynamic" or "static"', activationScheme);
  if (block === null)
    return { method: 'fp8Tensor', declared, weightBlockSize: null, activationScheme, ignoredLayers: ignored };
  if (!Array.isArray(block) || block.length !== 2 || !block.every((size) => Number.isInteger(size) && size > 0))
    throw unreadable('quantization_config.weight_block_size', 'a list of two whole numbers', block);
  const weightBlockSize = [Number(block[0]), Number(block[1])] as const;
  return { method: 'fp8Block', declared, weightBlockSize, activationScheme, ignoredLayers: ignored };
}
