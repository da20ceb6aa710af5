/**
 * The nouns of Draftscope. Plain readonly data; no Node, no DOM. Shapes are [rows, columns, ...]; sizes are in bytes.
 */

/** What the plan repeats: an implementation of the vLLM release named here. */
export const reference = 'vLLM v0.16.0 (89a77b10)';

/**
 * Element types of safetensors headers. UNKNOWN stands for all others, whose names are in Tensor.dtypeName: how large an
 * element of theirs is nobody says, so their tensors are seen as bytes and never loaded.
 */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  UNKNOWN: 1,
} as const;
export type Dtype = keyof typeof dtypeBytes;

/** One entry of a checkpoint file. */
export interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  /** The type as the file names it, where dtype is UNKNOWN. */
  readonly dtypeName?: string;
  readonly shape: readonly number[];
  /** Index into Checkpoint.files; -1 = only the index names it: dtype, shape and bytes are unknown. */
  readonly file: number;
  /** Byte range in the file, from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

export interface ShardFile {
  /** Name as the index or the folder gives it, relative to the checkpoint folder. */
  readonly name: string;
  /** Absolute path after following symlinks. */
  readonly path: string;
  readonly bytes: number;
  /** Nanoseconds since the epoch, decimal. */
  readonly mtimeNs: string;
}

/** config.json as the loader needs it; names in camelCase of the Hugging Face keys. `raw` is the whole file. */
export interface ModelConfig {
  readonly modelType: string;
  readonly architectures: readonly string[];
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  /** null: the key is absent (the reference raises AttributeError). */
  readonly numNextnPredictLayers: number | null;
  readonly numAttentionHeads: number;
  readonly qLoraRank: number | null;
  readonly kvLoraRank: number | null;
  readonly qkNopeHeadDim: number;
  readonly qkRopeHeadDim: number;
  readonly vHeadDim: number;
  readonly intermediateSize: number;
  readonly moeIntermediateSize: number;
  /** null: no routed experts. */
  readonly nRoutedExperts: number | null;
  readonly nSharedExperts: number | null;
  readonly numExpertsPerTok: number;
  /** null: the key is absent (the reference raises AttributeError for the MTP class). */
  readonly nGroup: number | null;
  readonly topkGroup: number;
  readonly topkMethod: string;
  readonly scoringFunc: string;
  readonly normTopkProb: boolean;
  readonly routedScalingFactor: number;
  readonly firstKDenseReplace: number;
  readonly moeLayerFreq: number;
  readonly hiddenAct: string;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: Readonly<Record<string, unknown>> | null;
  readonly maxPositionEmbeddings: number;
  readonly vocabSize: number;
  readonly tieWordEmbeddings: boolean;
  readonly torchDtype: Dtype;
  readonly indexTopk: number | null;
  readonly indexNHeads: number | null;
  readonly indexHeadDim: number | null;
  readonly quantization: QuantizationConfig;
  /** What is wrong with keys that the model is built from; absent or empty = nothing. */
  readonly faults?: readonly RaisedError[];
  /** Where the quantisation is declared; absent = config.json. */
  readonly quantizationFile?: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface QuantizationConfig {
  /** none: unquantised; fp8Block: e4m3 with block scales; fp8Tensor: e4m3 per tensor; other: not modelled (name in `declared`). */
  readonly method: 'none' | 'fp8Block' | 'fp8Tensor' | 'other';
  readonly declared: string | null;
  readonly weightBlockSize: readonly [number, number] | null;
  readonly activationScheme: 'dynamic' | 'static';
  readonly ignoredLayers: readonly string[];
}

export type PlacementPolicy = 'linear' | 'roundRobin';

/** How the serving engine is set up, and which of its ranks is looked at. Named after the engine's options. */
export interface ParallelConfig {
  readonly tensorParallelSize: number;
  readonly dataParallelSize: number;
  readonly enableExpertParallel: boolean;
  readonly expertPlacementStrategy: PlacementPolicy;
  /** data-parallel rank x tensor-parallel size + tensor-parallel rank */
  readonly rank: number;
  readonly all2allBackend: string;
  readonly enableEplb: boolean;
  readonly numRedundantExperts: number;
  readonly aiterFusedMoe: boolean;
  readonly aiterFusedSharedExperts: boolean;
  readonly useMla: boolean;
  /** Drafts a step that the engine is asked for; absent = as many as there are MTP layers. */
  readonly numSpeculativeTokens?: number | undefined;
}

export const singleRank: ParallelConfig = {
  tensorParallelSize: 1,
  dataParallelSize: 1,
  enableExpertParallel: false,
  expertPlacementStrategy: 'linear',
  rank: 0,
  all2allBackend: 'allgather_reducescatter',
  enableEplb: false,
  numRedundantExperts: 0,
  aiterFusedMoe: false,
  aiterFusedSharedExperts: false,
  useMla: true,
};

/** Where the routed experts of one MoE layer live. Physical ids; -1 in a map = not on that rank. */
export interface ExpertPlacement {
  readonly useExpertParallel: boolean;
  readonly epSize: number;
  readonly epRank: number;
  /** Tensor-parallel size and rank of the expert weights (1, 0 under expert parallelism). */
  readonly moeTpSize: number;
  readonly moeTpRank: number;
  readonly numLogicalExperts: number;
  readonly numPhysicalExperts: number;
  /** physical expert -> logical expert: the logical ones in order, then the redundant copies. */
  readonly physicalToLogical: readonly number[];
  /** What is in force; differs from what was asked when the engine falls back. */
  readonly policy: PlacementPolicy;
  /** physical expert -> local expert of the looked-at rank; null when every expert is local. */
  readonly expertMap: readonly number[] | null;
  /** Physical experts of every expert-parallel rank. With epSize 1 there is one row. */
  readonly expertsOfRank: readonly (readonly number[])[];
  readonly notes: readonly string[];
}

/** Rows [start, end) of the vocabulary that one tensor-parallel rank holds, at its rows 0 .. end - start; the rest of `rows` is 0. */
export interface VocabShard {
  /** Vocabulary rounded up to a multiple of 64. */
  readonly padded: number;
  readonly rows: number;
  readonly start: number;
  readonly end: number;
}

/** What the reference would raise: a Python exception type and our words for the reason. */
export interface RaisedError {
  readonly type: string;
  readonly message: string;
}

/** Everything about one rank that decides which part of which tensor it holds. */
export interface RankPlacement {
  readonly tpSize: number;
  readonly tpRank: number;
  readonly dpSize: number;
  readonly dpRank: number;
  /** Tensor-parallel size and rank of the shared experts (1, 0 where every rank holds them whole). */
  readonly sharedTpSize: number;
  readonly sharedTpRank: number;
  /** null: the padded vocabulary cannot be divided by the tensor-parallel size. */
  readonly vocab: VocabShard | null;
  readonly experts: ExpertPlacement;
  /** Expert rows that the rank's weights have: its physical experts and then the fused shared ones. */
  readonly numLocalExperts: number;
  readonly numFusedSharedExperts: number;
  /** The engine's own count, divided by the group size whether expert parallelism is on or not; never a tensor size. */
  readonly numLocalPhysicalExperts: number;
  /** Ones for the experts of this rank and a closing 0; null where the engine keeps no mask. */
  readonly expertMask: readonly number[] | null;
  /** Raised when the first layer with experts is built. */
  readonly expertError: RaisedError | null;
}

export type Outcome = 'loaded' | 'skipped' | 'error';
export const outcomes: readonly Outcome[] = ['loaded', 'skipped', 'error'];

/** Half-open [start, end) per dimension. */
export type Box = readonly (readonly [number, number])[];

/** One element copy of the reference loader: a rectangle of the tensor (or a constant) into a rectangle of a parameter. */
export interface Copy {
  readonly dst: Box;
  readonly src?: Box;
  readonly fill?: number;
}

/** Part of a fused parameter: vLLM's shard_id. null = the whole parameter. */
export type SlotId = 0 | 1 | 'w1' | 'w2' | 'w3' | null;

/** One rank's parameter, as the model class of the reference builds it. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly numel: number;
  readonly bytes: number;
}

/** How far a slot of a parameter is filled. Slots of expert parameters are per local expert. */
export interface SlotCoverage {
  readonly parameter: number;
  readonly slot: SlotId;
  /** logical expert, where the slot belongs to one */
  readonly expert: number | null;
  readonly numel: number;
  readonly covered: number;
  /** Indices of the tensors that wrote here, in order; two = filled twice. */
  readonly tensors: readonly number[];
}

export type DeviceId = 'cpu' | `cuda:${number}`;

/** What computes. auto: the first CUDA device where there is one, else the CPU. */
export type DeviceChoice =
  | { readonly kind: 'auto' }
  | { readonly kind: 'cpu' }
  | { readonly kind: 'cuda'; readonly index: number };

export type Predictor = 'modules' | 'referenceEngine';

/**
 * Where engines differ in what an MTP layer is fed. mask_pos0: the embedding is zeroed at position 0. chain_postnorm: an
 * MTP layer is fed the output of the one before it after shared_head.norm. main_prenorm: the first is fed the target's
 * hidden state from before model.norm. Without any: as the checkpoint was trained.
 */
export const alternatives = ['mask_pos0', 'chain_postnorm', 'main_prenorm'] as const;
export type Alternative = (typeof alternatives)[number];

export type Verdict = 'accepted' | 'rejected' | 'notReached';
export const verdicts: readonly Verdict[] = ['accepted', 'rejected', 'notReached'];

/** How tokens are chosen from the target's logits. */
export interface SamplingParams {
  /** 0 = greedy: the best token always, and the rest of this has no effect. */
  readonly temperature: number;
  /** Only the k best tokens; 0 = all. */
  readonly topK: number;
  /** Only the most probable tokens that make up this share; 1 = all. */
  readonly topP: number;
  /** A whole number from 0 to 2^53 - 1; same seed, same run. */
  readonly seed: number;
}

export const greedy: SamplingParams = { temperature: 0, topK: 0, topP: 1, seed: 0 };
