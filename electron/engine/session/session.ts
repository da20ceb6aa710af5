/**
 * The open checkpoint, its plan, the loaded weights and the running work. Owns every lifetime of the engine: one
 * checkpoint, one set of weights, one piece of work at a time.
 */
import type {
  CommandInput,
  DecodeState,
  DecodeStep,
  EventName,
  EventPayload,
  Finding,
  LoadState,
} from '../../common/contract.ts';
import { type ParallelConfig, singleRank } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure, toFailure } from '../../common/failure.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { readPrompts, readTokenizerFiles } from '../checkpoint/sideFiles.ts';
import { nativeModelConfig } from '../decoding/nativeConfig.ts';
import { Tokenizer } from '../decoding/tokenizer.ts';
import type { Handlers } from '../dispatcher.ts';
import type { NativeModel, NativeWeightStore } from '../kernels/kernels.ts';
import { targetIncomplete } from '../loading/findings/targetIncomplete.ts';
import { type LoadPlan, planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';
import { checkpointView } from './checkpointView.ts';
import { runDecode } from './decodeRun.ts';
import { runLoad } from './loadRun.ts';
import { describeError } from './nativeFailure.ts';
import { NativeHost } from './nativeHost.ts';
import { planView, storyView } from './planView.ts';
import { isWhole, planWeights, type WeightPlan } from './weightPlan.ts';

export interface SessionOptions {
  readonly addonPath: string;
  readonly version: string;
  /** Compute threads; 0 = one per core. */
  readonly threads?: number;
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void;
  emitStep(step: DecodeStep): void;
}

export type OpenResult =
  | { readonly ok: true; readonly name: string; readonly folder: string }
  | { readonly ok: false; readonly failure: Failure };

type CheckpointView = EventPayload<'checkpoint.opened'>;

interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly view: CheckpointView;
  /** What is wrong with the target on a single rank; null = nothing. */
  readonly targetFinding: Finding | null;
}

interface LoadedWeights {
  readonly parallel: ParallelConfig;
  readonly store: NativeWeightStore;
  readonly unfilled: WeightPlan['unfilled'];
  /** Made at the first decode. */
  model: NativeModel | null;
}

interface CurrentPlan {
  readonly plan: LoadPlan;
  readonly view: EventPayload<'plan.ready'>;
}

/** Every rank is placed for each plan. */
const maxRanks = 1024;

export class Session {
  readonly #options: SessionOptions;
  readonly handlers: Handlers;
  #nextCheckpointId = 1;
  #nextRun = 1;
  #opening: AbortController | null = null;
  #opened: OpenedCheckpoint | null = null;
  #plan: CurrentPlan | null = null;
  #loaded: LoadedWeights | null = null;
  #lastLoad: LoadState | null = null;
  #work: { readonly what: string; readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #tokenizer: Tokenizer | null = null;
  readonly #native: NativeHost;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#native = new NativeHost(options.addonPath, options.threads ?? 0);
    this.handlers = {
      'session.state': () => ({
        backends: this.#native.backends().map((report) => ({ ...report })),
        checkpoint: this.#opened?.view ?? null,
        plan: this.#plan?.view ?? null,
        load: this.#lastLoad,
        version: options.version,
      }),
      'plan.make': ({ parallel }) => this.makePlan(parallel),
      'tensor.explain': ({ tensor }) => this.#explain(tensor),
      'load.start': ({ threads }) => this.load(threads),
      'load.cancel': () => this.#cancelLoad(),
      'decode.start': (input) => this.decode(input),
      'decode.stop': () => this.#abort('decode'),
    };
  }

  /** Opens a folder and plans it for a single rank. What was open before is let go, running work first. */
  async open(path: string): Promise<OpenResult> {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const begin = performance.now();
    try {
      await this.#stopWork();
      this.close();
      this.#options.emit('checkpoint.opening', { folder: path, files: 0, filesRead: 0 });
      const checkpoint = await openCheckpoint(path, {
        signal: opening.signal,
        onProgress: (filesRead, files) => this.#options.emit('checkpoint.opening', { folder: path, files, filesRead }),
      });
      const tokenizer = await readTokenizer(checkpoint.folder);
      const prompts = await readPrompts(checkpoint.folder);
      opening.signal.throwIfAborted();
      const view = checkpointView(checkpoint, {
        id: this.#nextCheckpointId++,
        hasTokenizer: tokenizer !== null,
        prompts,
        openedMicros: (performance.now() - begin) * 1000,
      });
      this.#opened = { checkpoint, view, targetFinding: targetFindingOf(checkpoint) };
      this.#tokenizer = tokenizer;
      this.#options.emit('checkpoint.opened', view);
      this.#options.emit('plan.ready', this.makePlan(singleRank));
      return { ok: true, name: checkpoint.name, folder: checkpoint.folder };
    } catch (error) {
      const failure = opening.signal.aborted
        ? makeFailure('cancelled', 'Another folder was opened.')
        : toFailure(error);
      if (!opening.signal.aborted) this.#options.emit('checkpoint.failed', failure);
      return { ok: false, failure };
    } finally {
      if (this.#opening === opening) this.#opening = null;
    }
  }

  /** @throws FailureError notLoaded, badOption */
  makePlan(parallel: ParallelConfig): EventPayload<'plan.ready'> {
    const opened = this.#requireOpened();
    const { checkpoint, view } = opened;
    const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
    if (ranks > maxRanks) {
      throw new FailureError('badOption', `${ranks} ranks are too many; Draftscope looks at up to ${maxRanks}.`);
    }
    if (parallel.rank >= ranks) {
      throw new FailureError('badOption', `There is no rank ${parallel.rank}: ranks are 0 to ${ranks - 1}.`);
    }
    const begin = performance.now();
    const plan = planLoad({
      tensors: checkpoint.tensors,
      config: checkpoint.config,
      parallel,
      placement: placeRank(checkpoint.config, parallel),
      kind: 'drafter',
    });
    const planned = planView(plan, {
      checkpointId: view.id,
      problems: checkpoint.problems,
      planMicros: (performance.now() - begin) * 1000,
      targetFinding: opened.targetFinding,
    });
    this.#plan = { plan, view: planned };
    return planned;
  }

  /** The plan in force, for the command line's record. */
  get plan(): LoadPlan | null {
    return this.#plan?.plan ?? null;
  }

  get checkpoint(): Checkpoint | null {
    return this.#opened?.checkpoint ?? null;
  }

  /**
   * Loads the rank of the current plan. A failed load is an ended state; what can't even begin is thrown.
   * @throws FailureError the checkpoint's problem, planHasErrors, outOfMemory, nativeMissing, busy
   */
  load(threads: number): Promise<LoadState> {
    const current = this.#requirePlan();
    return this.#workOn('load', (signal) => this.#loadPlan(current.plan, threads, signal));
  }

  /** @throws FailureError promptInvalid, notRunnable, tokenizerUnreadable, and what load throws */
  decode(input: CommandInput<'decode.start'>): Promise<DecodeState> {
    const { checkpoint } = this.#requireOpened();
    return this.#workOn('decode', async (signal) => {
      const { native, unfilled } = await this.#runnableModel(checkpoint, signal);
      const state = await runDecode(
        this.#nextRun++,
        {
          native,
          config: checkpoint.config,
          numMtpLayers: checkpoint.config.numNextnPredictLayers ?? 0,
          tokenizer: this.#tokenizer,
          endTokenIds: checkpoint.endTokenIds,
          unfilled,
        },
        {
          prompt: input.prompt,
          ...(input.promptIds === undefined ? {} : { promptIds: input.promptIds }),
          maxTokens: input.maxTokens,
          numSpeculativeTokens: input.numSpeculativeTokens,
          predictor: input.predictor,
          paceMillis: input.paceMillis,
        },
        {
          started: (started) => this.#options.emit('decode.started', started),
          step: (step) => this.#options.emitStep(step),
        },
        signal,
      );
      this.#options.emit('decode.ended', state);
      return state;
    });
  }

  /** The model on weights of a single rank, loading them first where they are not. */
  async #runnableModel(
    checkpoint: Checkpoint,
    signal: AbortSignal,
  ): Promise<{ native: NativeModel; unfilled: WeightPlan['unfilled'] }> {
    const config = nativeModelConfig(checkpoint.config, checkpoint.config.numNextnPredictLayers ?? 0);
    if (this.#loaded === null || !isWhole(this.#loaded.parallel)) {
      const whole = planLoad({
        tensors: checkpoint.tensors,
        config: checkpoint.config,
        parallel: singleRank,
        placement: placeRank(checkpoint.config, singleRank),
        kind: 'drafter',
      });
      const state = await this.#loadPlan(whole, 0, signal);
      if (state.failure !== null) throw new FailureError(state.failure.code, state.failure.message, state.failure);
      if (state.status === 'cancelled') throw new FailureError('cancelled', 'Stopped while the weights were loaded.');
    }
    const loaded = this.#loaded;
    if (loaded === null) throw new FailureError('notLoaded', 'No weights are loaded.');
    try {
      loaded.model ??= loaded.store.createModel(config);
    } catch (error) {
      const failure = describeError(error);
      throw new FailureError(failure.code, failure.message, failure);
    }
    return { native: loaded.model, unfilled: loaded.unfilled };
  }

  async #loadPlan(plan: LoadPlan, threads: number, signal: AbortSignal): Promise<LoadState> {
    const { checkpoint, view } = this.#requireOpened();
    const weights = planWeights(checkpoint, plan);
    const device = this.#native.openDevice();
    this.#release();
    const numThreads = threads > 0 ? threads : this.#native.threads;
    // Asked anew: what was free when the device was opened says nothing about now.
    const memoryFree = this.#native.backends().find(({ kind }) => kind === device.report.kind)?.memoryFree ?? 0;
    const { state, store } = await runLoad(
      { run: this.#nextRun++, checkpointId: view.id },
      weights,
      view.tensors.bytes,
      device,
      memoryFree,
      numThreads,
      (progress) => {
        this.#lastLoad = progress;
        this.#options.emit('load.progress', progress);
      },
      signal,
    );
    if (store !== null) this.#loaded = { parallel: weights.parallel, store, unfilled: weights.unfilled, model: null };
    this.#lastLoad = state;
    this.#options.emit('load.progress', state);
    return state;
  }

  #explain(tensor: number) {
    const { plan } = this.#requirePlan();
    if (tensor >= plan.input.tensors.length) {
      throw new FailureError('badRequest', `There is no tensor ${tensor} in this checkpoint.`);
    }
    return storyView(plan, tensor);
  }

  async #workOn<T>(what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#work !== null) {
      throw new FailureError('busy', `The engine is busy: a ${this.#work.what} is running.`);
    }
    const abort = new AbortController();
    let finish: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      finish = resolve;
    });
    this.#work = { what, abort, ended };
    try {
      return await work(abort.signal);
    } finally {
      this.#work = null;
      finish();
    }
  }

  /** A load by itself, or the one that a decode began with. */
  #cancelLoad(): Record<string, never> {
    return this.#lastLoad?.status === 'running' && this.#work?.what === 'decode'
      ? this.#abort('decode')
      : this.#abort('load');
  }

  #abort(what: string): Record<string, never> {
    if (this.#work?.what === what) this.#work.abort.abort();
    return {};
  }

  async #stopWork(): Promise<void> {
    while (this.#work !== null) {
      this.#work.abort.abort();
      await this.#work.ended;
    }
  }

  #release(): void {
    this.#loaded?.model?.close();
    this.#loaded?.store.close();
    this.#loaded = null;
    this.#lastLoad = null;
  }

  /** Lets go of everything that is open. Work must have ended. */
  close(): void {
    this.#release();
    this.#opened = null;
    this.#plan = null;
    this.#tokenizer = null;
  }

  #requireOpened(): OpenedCheckpoint {
    if (this.#opened === null) {
      throw new FailureError('notLoaded', 'No checkpoint is open.', { hint: 'Open a checkpoint folder first.' });
    }
    return this.#opened;
  }

  #requirePlan(): CurrentPlan {
    this.#requireOpened();
    if (this.#plan === null) throw new FailureError('notLoaded', 'There is no plan for this checkpoint yet.');
    return this.#plan;
  }
}

function targetFindingOf({ tensors, config }: Checkpoint): Finding | null {
  const placement = placeRank(config, singleRank);
  return targetIncomplete(planLoad({ tensors, config, parallel: singleRank, placement, kind: 'target' }));
}

/** null when there is none that can be used: the checkpoint opens all the same, and ids can be given instead of text. */
async function readTokenizer(folder: string): Promise<Tokenizer | null> {
  try {
    return new Tokenizer(await readTokenizerFiles(folder));
  } catch {
    return null;
  }
}
