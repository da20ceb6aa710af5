/** ModelConfig (config.json) -> what the native forward pass is told. Refuses what it can't compute. */
import type { ModelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { NativeModelConfig } from '../kernels/kernels.ts';

/** The kernels multiply runs of so many columns by one scale. */
const scaledRun = 16;

/** @throws FailureError notRunnable: names the key that is outside what the engine computes */
export function nativeModelConfig(config: ModelConfig, mtpLayers: number): NativeModelConfig {
  const refuse = (what: string) => new FailureError('notRunnable', `This model can't be run here: ${what}.`);
  if (config.hiddenAct !== 'silu') throw refuse(`hidden_act is ${config.hiddenAct}, only silu is computed`);
  if (config.kvLoraRank === null) throw refuse('kv_lora_rank is null, only latent attention is computed');
  if (config.indexTopk !== null) throw refuse('index_topk is set, sparse attention is not computed');
  if (config.scoringFunc !== 'sigmoid' && config.scoringFunc !== 'softmax') {
    throw refuse(`scoring_func is ${config.scoringFunc}`);
  }
  if (!(config.ropeTheta > 0)) throw refuse(`rope_theta is ${config.ropeTheta}`);
  if (!(config.rmsNormEps >= 0)) throw refuse(`rms_norm_eps is ${config.rmsNormEps}`);
  const experts = config.nRoutedExperts ?? 0;
  const [blockRows, blockCols] = scaleBlockOf(config);
  if (blockCols % scaledRun !== 0)
    throw refuse(
      `weight_block_size is ${blockRows} x ${blockCols}, only blocks a multiple of ${scaledRun} wide are computed`,
    );
  return {
    hidden: config.hiddenSize,
    layers: config.numHiddenLayers,
    mtpLayers,
    heads: config.numAttentionHeads,
    qLora: config.qLoraRank ?? 0,
    kvLora: config.kvLoraRank,
    nopeDim: config.qkNopeHeadDim,
    ropeDim: config.qkRopeHeadDim,
    valueDim: config.vHeadDim,
    intermediate: config.intermediateSize,
    moeIntermediate: experts > 0 ? config.moeIntermediateSize : 0,
    experts,
    sharedExperts: config.nSharedExperts ?? 0,
    topK: config.numExpertsPerTok,
    firstDense: config.firstKDenseReplace,
    moeLayerFreq: config.moeLayerFreq,
    nGroup: config.nGroup ?? 1,
    topkGroup: config.topkGroup,
    scoring: config.scoringFunc,
    grouping: groupingOf(config),
    normalizeTopk: config.normTopkProb,
    routedScale: config.routedScalingFactor,
    rmsEps: config.rmsNormEps,
    ropeTheta: config.ropeTheta,
    yarn: yarnOf(config, refuse),
    vocab: config.vocabSize,
    blockRows,
    blockCols,
  };
}

/** Rows and columns that share one scale in fp8 weights. Also where the config names none: weights may be fp8 all the same. */
export function scaleBlockOf({ quantization }: ModelConfig): readonly [number, number] {
  return quantization.weightBlockSize ?? [128, 128];
}

/** How groups are ranked, by topk_method; see the specification, section 11.6. */
function groupingOf(config: ModelConfig): NativeModelConfig['grouping'] {
  if ((config.nGroup ?? 1) <= 1 || config.topkMethod === 'greedy') return 'none';
  return config.topkMethod === 'noaux_tc' ? 'top2sum' : 'max';
}

function yarnOf(config: ModelConfig, refuse: (what: string) => FailureError): NativeModelConfig['yarn'] {
  const scaling = config.ropeScaling;
  const type = scaling?.rope_type ?? scaling?.type;
  if (scaling === null || type === undefined || type === 'default') return null;
  if (type !== 'yarn' && type !== 'deepseek_yarn') throw refuse(`rope scaling of type ${String(type)}`);
  const number = (key: string, missing: number) => {
    const value = scaling[key] ?? missing;
    if (typeof value !== 'number') throw refuse(`${key} of rope_scaling is ${JSON.stringify(value)}`);
    return value;
  };
  return {
    factor: number('factor', 1),
    betaFast: number('beta_fast', 32),
    betaSlow: number('beta_slow', 1),
    mscale: number('mscale', 1),
    // Absent counts as 0: no factor on the softmax scale.
    mscaleAllDim: number('mscale_all_dim', 0),
    originalPositions: number('original_max_position_embeddings', config.maxPositionEmbeddings),
  };
}
