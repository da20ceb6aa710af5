/** The config of a model that the rule table is not for: what is there is taken, nothing is asked for. */
import type { ModelConfig } from '../../common/domain.ts';

type Json = Readonly<Record<string, unknown>>;

/** @param raw parsed config.json; text_config, where multimodal models keep the language model's keys, is read too */
export function otherFamilyConfig(raw: Json): ModelConfig {
  const inner = typeof raw.text_config === 'object' && raw.text_config !== null ? (raw.text_config as Json) : {};
  const count = (key: string, fallback: number) => {
    const value = raw[key] ?? inner[key];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : fallback;
  };
  const type = raw.model_type ?? inner.model_type;
  const architectures = Array.isArray(raw.architectures) ? raw.architectures : [];
  const quantization = (raw.quantization_config ?? inner.quantization_config) as Json | null | undefined;
  const declared = typeof quantization?.quant_method === 'string' ? quantization.quant_method : 'unnamed';
  return {
    modelType: typeof type === 'string' ? type : '',
    architectures: architectures.filter((name): name is string => typeof name === 'string'),
    hiddenSize: count('hidden_size', 0),
    numHiddenLayers: Math.min(4096, count('num_hidden_layers', 0)),
    // The rule table is not for these models, so it must not find layers to build.
    numNextnPredictLayers: 0,
    numAttentionHeads: Math.max(1, count('num_attention_heads', 1)),
    qLoraRank: null,
    kvLoraRank: null,
    qkNopeHeadDim: count('qk_nope_head_dim', 0),
    qkRopeHeadDim: count('qk_rope_head_dim', 0),
    vHeadDim: count('v_head_dim', 0),
    intermediateSize: count('intermediate_size', 0),
    moeIntermediateSize: count('moe_intermediate_size', 0),
    nRoutedExperts: null,
    nSharedExperts: null,
    numExpertsPerTok: count('num_experts_per_tok', 0),
    nGroup: null,
    topkGroup: 1,
    topkMethod: '',
    scoringFunc: '',
    normTopkProb: false,
    routedScalingFactor: 1,
    firstKDenseReplace: 0,
    moeLayerFreq: 1,
    hiddenAct: 'silu',
    rmsNormEps: 1e-6,
    ropeTheta: 10_000,
    ropeScaling: null,
    maxPositionEmbeddings: count('max_position_embeddings', 0),
    vocabSize: count('vocab_size', 0),
    tieWordEmbeddings: raw.tie_word_embeddings === true,
    torchDtype: 'BF16',
    indexTopk: null,
    indexNHeads: null,
    indexHeadDim: null,
    quantization: {
      method: quantization == null ? 'none' : 'other',
      declared: quantization == null ? null : declared,
      weightBlockSize: null,
      activationScheme: 'dynamic',
      ignoredLayers: [],
    },
    raw,
  };
}
