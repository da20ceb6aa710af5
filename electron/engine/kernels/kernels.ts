/**
 * The typed face of the native library. Weights, KV caches and hidden states live behind these handles; only ids,
 * probabilities, statistics and (when asked for) logits cross into JavaScript.
 */

import type { DeviceId } from '../../common/domain.ts';

export type BackendKind = 'cpu' | 'cuda';

/** One device of a backend, or why a backend has none. */
export interface BackendReport {
  readonly kind: BackendKind;
  /** "cpu", "cuda:0", ...; a backend without devices has its first one's. */
  readonly id: DeviceId;
  readonly available: boolean;
  /** Of the processor or device; '' when not available, and so the next two. */
  readonly name: string;
  /** What the kernels use: "avx512", "sm_90", ... */
  readonly instructions: string;
  /** Version of the device's driver; '' where there is none. */
  readonly driver: string;
  /** Available: processor or device name and instruction set. Not available: one sentence that says why. */
  readonly detail: string;
  readonly threads: number;
  /** Bytes of the memory that buffers live in, as far as this process may have them; 0 when unknown. */
  readonly memoryTotal: number;
  readonly memoryFree: number;
}

/** Stored element types that the engine can read. Names as in safetensors headers. */
export type StoredDtype = 'F32' | 'F16' | 'BF16' | 'F8_E4M3' | 'I32' | 'I64' | 'U8';

/** Bytes of one element. */
export const dtypeBytes: Readonly<Record<StoredDtype, number>> = {
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  I32: 4,
  I64: 8,
  U8: 1,
};

export interface NativeParameterSpec {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
}

export interface NativeSourceFile {
  readonly path: string;
  readonly expectedBytes: number;
  /** Nanoseconds since the epoch as decimal text; '0' = do not compare. */
  readonly expectedMtimeNs: string;
}

/** One rectangle of a file into one rectangle of a parameter; see ReadItem in native/model/model.h. */
export interface NativeReadItem {
  readonly file: number;
  readonly parameter: number;
  /** Bytes from the start of the file. */
  readonly fileOffset: number;
  readonly rows: number;
  readonly cols: number;
  readonly srcRowBytes: number;
  readonly srcDtype: StoredDtype;
  /** Elements. */
  readonly dstOffset: number;
  readonly dstStride: number;
  readonly broadcastCols: boolean;
}

export interface NativeLoadProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly itemsDone: number;
  readonly itemsTotal: number;
}

export interface NativeStatistics {
  readonly count: number;
  readonly nanCount: number;
  readonly infCount: number;
  readonly zeroCount: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly meanSquare: number;
  /** 256 counts: finite values that are not zero, by the exponent bits they have as float32. */
  readonly exponents: Float64Array;
}

export interface NativeLoadOptions {
  readonly threads: number;
  /** Counts every parameter's values while they are read; `statistics` then has them without another pass. */
  readonly statistics?: boolean;
}

/**
 * Reads that ended, as columns. A load of very many reads is told in fewer entries (about 20,000): reads of one thread
 * and file that followed each other.
 */
export interface NativeReads {
  readonly file: Int32Array;
  readonly thread: Int32Array;
  /** Since the load began; pauses count. */
  readonly beginMicros: Float64Array;
  readonly endMicros: Float64Array;
  /** Bytes of the file. */
  readonly bytes: Float64Array;
}

export interface NativeModelConfig {
  readonly hidden: number;
  readonly layers: number;
  readonly mtpLayers: number;
  readonly heads: number;
  /** 0 = the model has q_proj instead. */
  readonly qLora: number;
  readonly kvLora: number;
  readonly nopeDim: number;
  readonly ropeDim: number;
  readonly valueDim: number;
  readonly intermediate: number;
  readonly moeIntermediate: number;
  readonly experts: number;
  readonly sharedExperts: number;
  readonly topK: number;
  readonly firstDense: number;
  readonly moeLayerFreq: number;
  readonly nGroup: number;
  readonly topkGroup: number;
  readonly scoring: 'softmax' | 'sigmoid';
  readonly grouping: 'none' | 'top2sum' | 'max';
  readonly normalizeTopk: boolean;
  readonly routedScale: number;
  readonly rmsEps: number;
  readonly ropeTheta: number;
  readonly yarn: {
    readonly factor: number;
    readonly betaFast: number;
    readonly betaSlow: number;
    readonly mscale: number;
    readonly mscaleAllDim: number;
    readonly originalPositions: number;
  } | null;
  readonly vocab: number;
  /** Of fp8 weights: each block of so many rows and columns has a scale. */
  readonly blockRows: number;
  readonly blockCols: number;
}

export interface NativePassOptions {
  readonly logitRows: 'none' | 'last' | 'all';
  /** How many of the best candidates per row with logits (>= 1). */
  readonly top: number;
  readonly wantLogits?: boolean;
  readonly wantRouted?: boolean;
  /** On the calling thread, if nothing else runs on the device: for passes shorter than the way to another thread. */
  readonly here?: boolean;
  /** Copies activations out between kernels: for comparing, not for speed. */
  readonly wantTrace?: boolean;
  /** One id per row with logits whose probability is wanted; -1 = none. */
  readonly probeIds?: Int32Array;
}

/** Activations of a pass; arrays that its kind does not have are empty. */
export interface NativePassTrace {
  /** Target: [layers, rows, hidden], the residual stream after each layer. */
  readonly layers: Float32Array;
  /** [rows, hidden]: of the target after model.norm, of an MTP layer its block's output. */
  readonly hidden: Float32Array;
  /** MTP: [rows, hidden], output of eh_proj. */
  readonly blockIn: Float32Array;
  /** MTP: [rows, hidden] after shared_head.norm. */
  readonly normed: Float32Array;
  /** [MoE layers, rows, topK] */
  readonly routeWeights: Float32Array;
  /** [MoE layers, rows, experts], before the bias. */
  readonly routeScores: Float32Array;
}

export interface NativePassOutput {
  readonly rows: number;
  /** [rows, top]; column 0 is the argmax (lowest id on ties). */
  readonly topIds: Int32Array;
  /** [rows, top], softmax over the vocabulary. */
  readonly topProbs: Float32Array;
  /** [rows] */
  readonly probeProbs: Float32Array;
  /** [rows, vocab], empty unless asked for. */
  readonly logits: Float32Array;
  /** [moe layers of the pass, rows of the pass, topK], empty unless asked for. */
  readonly routed: Int32Array;
  /** Only when asked for. */
  readonly trace?: NativePassTrace;
  readonly micros: number;
}

export interface NativeMtpPass {
  readonly layer: number;
  readonly firstRow: number;
  /** -2: the target before model.norm; -1: after it; j >= 0: block output of MTP layer j. */
  readonly hiddenLayer: number;
  /** With j >= 0: that output after layer j's shared_head.norm. */
  readonly normedChain?: boolean;
  readonly hiddenFirstRow: number;
  readonly zeroEmbeddingAtPositionZero: boolean;
  readonly targetEmbedding: boolean;
  readonly targetHead: boolean;
}

export interface NativeSequence {
  readonly bytes: number;
  targetPass(tokens: Int32Array, firstRow: number, options: NativePassOptions): Promise<NativePassOutput>;
  mtpPass(pass: NativeMtpPass, tokens: Int32Array, options: NativePassOptions): Promise<NativePassOutput>;
  /** Frees the caches. A running pass finishes first; later calls reject. */
  close(): void;
}

export interface NativeModel {
  /** @param positions rotary position of each row, at most 2^24; without: the row itself */
  createSequence(maxRows: number, positions?: Int32Array): NativeSequence;
  close(): void;
}

export interface NativeWeightStore {
  readonly bytes: number;
  /** Rejects with a NativeError; code 'cancelled' after cancel(). Micros are wall-clock until the last item was ready. */
  load(
    files: readonly NativeSourceFile[],
    items: readonly NativeReadItem[],
    options: NativeLoadOptions,
  ): Promise<{ micros: number; bytes: number }>;
  progress(): NativeLoadProgress;
  /** One byte per item of the running or last load: 1 = finished. */
  itemsDone(): Uint8Array;
  /** Bytes of each parameter that the running or last load has filled. */
  parameterBytes(): Float64Array;
  /** The reads that ended since the last call. */
  takeReads(): NativeReads;
  /** Cancel, pause and resume do nothing when no load runs. A held load finishes the reads that run. */
  cancel(): void;
  pause(): void;
  resume(): void;
  statistics(parameter: number): Promise<NativeStatistics>;
  createModel(config: NativeModelConfig): NativeModel;
  close(): void;
}

export interface NativeDevice {
  /** As it was when it was opened. */
  readonly report: BackendReport;
  /** Bytes that are free now; 0 when unknown. */
  memoryFree(): number;
  createStore(parameters: readonly NativeParameterSpec[]): NativeWeightStore;
  close(): void;
}

export interface NativeLibrary {
  /** One report per device, and one per backend that has none. Never throws. */
  backends(): readonly BackendReport[];
  /** @param options `deviceIndex` says which CUDA device; 0 when left out */
  openDevice(kind: BackendKind, options: { threads: number; deviceIndex?: number }): NativeDevice;
}

/** What native calls throw or reject with. `code` is the ds_status in camelCase. */
export type NativeErrorCode =
  | 'invalidArgument'
  | 'outOfMemory'
  | 'ioError'
  | 'shortRead'
  | 'unsupported'
  | 'deviceError'
  | 'deviceLost'
  | 'cancelled'
  | 'internal';

export class NativeError extends Error {
  readonly code: NativeErrorCode;
  constructor(code: NativeErrorCode, message: string) {
    super(message);
    this.name = 'NativeError';
    this.code = code;
  }
}
