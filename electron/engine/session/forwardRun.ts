/**
 * One pass over given ids with everything in between told: the target, every MTP layer, and the variants in which engines
 * differ. Named as in the recorded numerics under tests/golden/numerics. Rows come in pieces, so memory stays bounded.
 */
import type { Alternative, ModelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { nativeModelConfig } from '../decoding/nativeConfig.ts';
import type {
  NativeDevice,
  NativeModelConfig,
  NativeMtpPass,
  NativePassOutput,
  NativeSequence,
} from '../kernels/kernels.ts';
import { bindForwardWeights } from './forwardWeights.ts';
import { describeError } from './nativeFailure.ts';

/** 1-based module from which on the variant makes a difference. */
const firstModuleOf: Readonly<Record<Alternative, number>> = { mask_pos0: 1, chain_postnorm: 2, main_prenorm: 1 };

export interface ForwardRequest {
  readonly ids: readonly number[];
  /** Rotary position of each id; null = 0, 1, 2, ... */
  readonly positions: readonly number[] | null;
  readonly alternatives: readonly Alternative[];
  /** MTP layers use the target's embedding and head, not their own. */
  readonly sharesTables: boolean;
}

export interface ForwardTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'I32';
  /** [rows] or [rows, columns] */
  readonly shape: readonly number[];
}

export interface ForwardSink {
  /** All tensors there will be, before the first rows. */
  begin(tensors: readonly ForwardTensor[]): Promise<void>;
  rows(name: string, firstRow: number, values: Float32Array | Int32Array): Promise<void>;
}

const maxPieceRows = 256;
const maxPieceLogits = 2 ** 24;
/** Positions are turned into float32 angles; beyond this they are no longer exact. */
const maxPosition = 2 ** 24;

/**
 * Loads the whole model on its own and runs it.
 * @throws FailureError promptInvalid, notRunnable, outOfMemory, planHasErrors, cancelled, the checkpoint's problem
 */
export async function runForward(
  checkpoint: Checkpoint,
  device: NativeDevice,
  threads: number,
  request: ForwardRequest,
  sink: ForwardSink,
  signal: AbortSignal,
): Promise<void> {
  const { config } = checkpoint;
  refuseRequest(config, request);
  const native = nativeModelConfig(config, config.numNextnPredictLayers ?? 0);
  try {
    // The model comes first: what can't be computed is refused before anything is read.
    const { weights, store, model } = bindForwardWeights(
      checkpoint,
      device,
      { rows: request.ids.length, readers: threads },
      native,
      request.sharesTables,
    );
    try {
      const cancel = () => store.cancel();
      signal.addEventListener('abort', cancel);
      try {
        await store.load(weights.files, weights.items, { threads });
      } finally {
        signal.removeEventListener('abort', cancel);
      }
      const positions = request.positions === null ? undefined : Int32Array.from(request.positions);
      const sequence = model.createSequence(request.ids.length, positions);
      try {
        await new Forward(native, sequence, request, sink, signal).run();
      } finally {
        sequence.close();
      }
    } finally {
      model.close();
      store.close();
    }
  } catch (error) {
    const failure = describeError(error);
    throw new FailureError(failure.code, failure.message, failure);
  }
}

function refuseRequest(config: ModelConfig, { ids, positions }: ForwardRequest): void {
  const refuse = (message: string, hint: string) => new FailureError('promptInvalid', message, { hint });
  if (ids.length === 0) throw refuse('There are no ids.', 'Give at least one token.');
  const outside = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < config.vocabSize));
  if (outside !== undefined) {
    throw refuse(
      `Token id ${outside} is outside the vocabulary of ${config.vocabSize}.`,
      `Use ids from 0 to ${config.vocabSize - 1}.`,
    );
  }
  if (positions === null) return;
  if (positions.length !== ids.length) {
    throw refuse(`There are ${positions.length} positions for ${ids.length} ids.`, 'Give one position for each id.');
  }
  const far = positions.find((position) => !(Number.isInteger(position) && position >= 0 && position <= maxPosition));
  if (far !== undefined) throw refuse(`Position ${far} can't be computed.`, `Use positions from 0 to ${maxPosition}.`);
}

function isMoe(config: NativeModelConfig, layer: number): boolean {
  return config.experts > 0 && layer >= config.firstDense && layer % config.moeLayerFreq === 0;
}

class Forward {
  readonly #config: NativeModelConfig;
  readonly #sequence: NativeSequence;
  readonly #request: ForwardRequest;
  readonly #sink: ForwardSink;
  readonly #ids: Int32Array;
  readonly #signal: AbortSignal;

  constructor(
    config: NativeModelConfig,
    sequence: NativeSequence,
    request: ForwardRequest,
    sink: ForwardSink,
    signal: AbortSignal,
  ) {
    this.#signal = signal;
    this.#config = config;
    this.#sequence = sequence;
    this.#request = request;
    this.#sink = sink;
    this.#ids = Int32Array.from(request.ids);
  }

  async run(): Promise<void> {
    await this.#sink.begin(this.#tensors());
    await this.#sink.rows('input_ids', 0, this.#ids);
    const positions = this.#request.positions ?? this.#request.ids.map((_, at) => at);
    await this.#sink.rows('position_ids', 0, Int32Array.from(positions));
    await this.#target();
    for (const module of this.#modules()) await this.#module(module, null);
    for (const alternative of this.#request.alternatives) {
      for (const module of this.#modules()) await this.#module(module, alternative);
    }
  }

  /** 1-based modules that have rows. */
  #modules(): number[] {
    const count = Math.min(this.#config.mtpLayers, this.#ids.length - 1);
    return Array.from({ length: count }, (_, at) => at + 1);
  }

  #tensors(): ForwardTensor[] {
    const { hidden, vocab, topK, experts, layers } = this.#config;
    const rows = this.#ids.length;
    const out: ForwardTensor[] = [];
    const add = (name: string, shape: number[], dtype: 'F32' | 'I32' = 'F32') => out.push({ name, dtype, shape });
    const addRouter = (prefix: string, count: number) => {
      add(`${prefix}.router.topk_ids`, [count, topK], 'I32');
      add(`${prefix}.router.topk_weights`, [count, topK]);
      add(`${prefix}.router.scores`, [count, experts]);
    };
    add('input_ids', [rows], 'I32');
    add('position_ids', [rows], 'I32');
    for (let layer = 0; layer < layers; layer++) {
      add(`main.layers.${layer}.out`, [rows, hidden]);
      if (isMoe(this.#config, layer)) addRouter(`main.layers.${layer}`, rows);
    }
    add('main.hidden_prenorm', [rows, hidden]);
    add('main.hidden', [rows, hidden]);
    add('main.logits', [rows, vocab]);
    for (const module of this.#modules()) {
      const count = rows - module;
      for (const part of ['block_in', 'block_out', 'normed']) add(`mtp.${module}.${part}`, [count, hidden]);
      add(`mtp.${module}.logits`, [count, vocab]);
      if (isMoe(this.#config, layers + module - 1)) addRouter(`mtp.${module}`, count);
    }
    for (const alternative of this.#request.alternatives) {
      for (const module of this.#modules()) {
        if (module >= firstModuleOf[alternative])
          add(`alt.${alternative}.mtp.${module}.logits`, [rows - module, vocab]);
      }
    }
    return out;
  }

  async #target(): Promise<void> {
    const { hidden, layers } = this.#config;
    await this.#pieces(this.#ids.length, async (first, count) => {
      const output = await this.#sequence.targetPass(this.#ids.slice(first, first + count), first, everything);
      const layerRows = output.trace?.layers ?? new Float32Array();
      let moeLayer = 0;
      for (let layer = 0; layer < layers; layer++) {
        const values = layerRows.subarray(layer * count * hidden, (layer + 1) * count * hidden);
        await this.#sink.rows(`main.layers.${layer}.out`, first, values);
        if (layer === layers - 1) await this.#sink.rows('main.hidden_prenorm', first, values);
        if (isMoe(this.#config, layer)) await this.#router(`main.layers.${layer}`, output, moeLayer++, first, count);
      }
      await this.#sink.rows('main.hidden', first, output.trace?.hidden ?? new Float32Array());
      await this.#sink.rows('main.logits', first, output.logits);
    });
  }

  async #module(module: number, alternative: Alternative | null): Promise<void> {
    const layer = module - 1;
    const where: Omit<NativeMtpPass, 'firstRow' | 'hiddenFirstRow'> = {
      layer,
      hiddenLayer: layer > 0 ? layer - 1 : alternative === 'main_prenorm' ? -2 : -1,
      normedChain: alternative === 'chain_postnorm',
      zeroEmbeddingAtPositionZero: alternative === 'mask_pos0',
      targetEmbedding: false,
      targetHead: false,
    };
    const options = alternative === null ? everything : logitsAlone;
    await this.#pieces(this.#ids.length - module, async (first, count) => {
      const tokens = this.#ids.slice(first + module, first + module + count);
      const output = await this.#sequence.mtpPass(
        { ...where, firstRow: first, hiddenFirstRow: first },
        tokens,
        options,
      );
      if (alternative !== null) {
        if (module < firstModuleOf[alternative]) return;
        await this.#sink.rows(`alt.${alternative}.mtp.${module}.logits`, first, output.logits);
        return;
      }
      const trace = output.trace;
      await this.#sink.rows(`mtp.${module}.block_in`, first, trace?.blockIn ?? new Float32Array());
      await this.#sink.rows(`mtp.${module}.block_out`, first, trace?.hidden ?? new Float32Array());
      await this.#sink.rows(`mtp.${module}.normed`, first, trace?.normed ?? new Float32Array());
      await this.#sink.rows(`mtp.${module}.logits`, first, output.logits);
      if (isMoe(this.#config, this.#config.layers + layer)) {
        await this.#router(`mtp.${module}`, output, 0, first, count);
      }
    });
  }

  async #router(prefix: string, output: NativePassOutput, moeLayer: number, first: number, count: number) {
    const { topK, experts } = this.#config;
    const part = <T extends Float32Array | Int32Array>(values: T | undefined, width: number) =>
      (values?.subarray(moeLayer * count * width, (moeLayer + 1) * count * width) ?? new Float32Array()) as T;
    await this.#sink.rows(`${prefix}.router.topk_ids`, first, part(output.routed, topK));
    await this.#sink.rows(`${prefix}.router.topk_weights`, first, part(output.trace?.routeWeights, topK));
    await this.#sink.rows(`${prefix}.router.scores`, first, part(output.trace?.routeScores, experts));
  }

  async #pieces(rows: number, run: (first: number, count: number) => Promise<void>): Promise<void> {
    const size = Math.max(1, Math.min(maxPieceRows, Math.floor(maxPieceLogits / this.#config.vocab)));
    for (let first = 0; first < rows; first += size) {
      this.#signal.throwIfAborted();
      await run(first, Math.min(size, rows - first));
    }
  }
}

const everything = { logitRows: 'all', top: 1, wantLogits: true, wantRouted: true, wantTrace: true } as const;
const logitsAlone = { logitRows: 'all', top: 1, wantLogits: true } as const;
