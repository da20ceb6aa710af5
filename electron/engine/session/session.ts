/**
 * The open checkpoint, its plan, the loaded weights and the running work. Owns every lifetime of the engine: one
 * checkpoint, one set of weights, one piece of work at a time.
 */
import type {
  CommandInput,
  CommandOutput,
  DecodeState,
  DecodeStep,
  DeviceState,
  EventName,
  EventPayload,
  LoadState,
  MemoryNeed,
  ParameterStatistics,
  Plan,
  SpeedComparison,
} from '../../common/contract.ts';
import { type DeviceChoice, type ParallelConfig, singleRank } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure, toFailure } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { readPrompts } from '../checkpoint/sideFiles.ts';
import type { Handlers } from '../dispatcher.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { checkpointView } from './checkpointView.ts';
import { collectGarbage } from './collectGarbage.ts';
import { compareSpeed } from './compareSpeed.ts';
import { type DecodeModel, encodePrompt, rowsOfDecode, tokenizerOf } from './decodeRun.ts';
import { Decoding } from './decoding.ts';
import { type ForwardRequest, type ForwardSink, runForward } from './forwardRun.ts';
import { roomOn } from './memoryFit.ts';
import { memoryNeed } from './memoryNeed.ts';
import { NativeHost } from './nativeHost.ts';
import { OneAtATime, type Work } from './oneAtATime.ts';
import { OpenedCheckpoint } from './openedCheckpoint.ts';
import { parameterSlotsView, slicesView, storyView } from './planView.ts';
import { measureReadCeiling } from './readCeiling.ts';
import { type OpenChoices, readCheckpoint } from './readCheckpoint.ts';
import { ResidentWeights } from './residentWeights.ts';
import { inspectTensor } from './tensorInspection.ts';
import type { LookOptions } from './valueLook.ts';

export interface SessionOptions {
  readonly addonPath: string;
  readonly version: string;
  /** Compute threads; 0 = one per core. */
  readonly threads?: number;
  /** The CPU where nothing is chosen. */
  readonly device?: DeviceChoice;
  /** MTP layers use the target's embedding and head in place of their own. */
  readonly sharesTables?: boolean;
  /** Looks at values after opening, unasked, and tells of the plan again when it has findings about them. */
  readonly checksValues?: boolean;
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void;
  emitStep(step: DecodeStep): void;
}

export type OpenResult =
  | { readonly ok: true; readonly name: string; readonly folder: string }
  | { readonly ok: false; readonly failure: Failure };

/** Fewer are gone without asking. */
const manyTensors = 50_000;

export class Session {
  readonly #options: SessionOptions;
  readonly handlers: Handlers;
  #nextCheckpointId = 1;
  #nextRun = 1;
  #opening: AbortController | null = null;
  #opened: OpenedCheckpoint | null = null;
  readonly #work = new OneAtATime();
  readonly #decoding: Decoding;
  readonly #weights: ResidentWeights;
  readonly #native: NativeHost;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#native = new NativeHost(options.addonPath, options.threads ?? 0, options.device);
    this.#decoding = new Decoding({
      started: (state) => options.emit('decode.started', state),
      step: (step) => options.emitStep(step),
      routing: (routing) => options.emit('decode.routing', routing),
      ended: (state) => options.emit('decode.ended', state),
    });
    this.#weights = new ResidentWeights(this.#native, options.sharesTables ?? false, {
      progress: (state) => options.emit('load.progress', state),
      reads: (reads) => options.emit('load.reads', reads),
    });
    this.handlers = {
      'session.state': () => ({
        device: this.#native.state(),
        checkpoint: this.#opened?.view ?? null,
        plan: this.#opened?.current?.view ?? null,
        load: this.#weights.lastLoad,
        decode: this.#decoding.shown,
        version: options.version,
      }),
      'device.choose': ({ choice }) => this.#native.choose(choice),
      'tables.share': ({ shared }) => {
        this.#weights.sharesTables = shared;
        return {};
      },
      'memory.need': () => this.memoryNeed(),
      'plan.make': ({ parallel }) => this.makePlan(parallel),
      'placement.make': ({ parallel }) => this.placement(parallel),
      'placement.compare': ({ from, to, model }) => this.#requireOpened().moves(from, to, model),
      'tensor.explain': ({ tensor }) => storyView(this.#requireOpened().planWith(tensor), tensor),
      'tensor.slices': ({ tensor }) => slicesView(this.#requireOpened().planWith(tensor), tensor),
      'parameter.slots': ({ parameter }) => parameterSlotsView(this.#requireOpened().requirePlan().plan, parameter),
      'tensor.inspect': ({ tensor, maxValues }) => inspectTensor(this.#requireOpened().checkpoint, tensor, maxValues),
      'load.start': ({ threads, statistics }) => this.load(threads, statistics),
      'load.statistics': ({ tensor }) => this.#weights.statisticsOfTensor(tensor),
      'load.cancel': () => this.#cancelLoad(),
      'load.pause': ({ paused }) => this.#weights.pause(paused),
      'load.reads': () => this.#weights.reads,
      'load.parameters': () => this.#weights.parameters,
      'load.ceiling': ({ threads }) => measureReadCeiling(this.#requireOpened().checkpoint, threads),
      'decode.start': (input) => this.decode(input),
      'decode.control': (change) => this.#decoding.control(change),
      'decode.compare': (input) => this.compare(input),
      'decode.stop': () => this.#abort('decode'),
    };
  }

  /**
   * Opens a folder and plans it for a single rank. What was open before is let go, running work first, once the new
   * checkpoint is known to be readable: until then a failure changes nothing, and afterwards there is none. The two never lie
   * in memory side by side.
   */
  async open(path: string, choices: OpenChoices = {}): Promise<OpenResult> {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const begin = performance.now();
    try {
      this.#options.emit('checkpoint.opening', { folder: path, files: 0, filesRead: 0 });
      const checkpoint = await readCheckpoint(path, {
        ...choices,
        signal: opening.signal,
        onProgress: (filesRead, files) => this.#options.emit('checkpoint.opening', { folder: path, files, filesRead }),
        whenReadable: () => this.#makeRoom(opening.signal),
      });
      const tokenizer = await tokenizerOf(checkpoint.folder);
      const prompts = await readPrompts(checkpoint.folder);
      opening.signal.throwIfAborted();
      const view = checkpointView(checkpoint, {
        id: this.#nextCheckpointId++,
        hasTokenizer: tokenizer !== null,
        prompts,
        openedMicros: (performance.now() - begin) * 1000,
      });
      const opened = new OpenedCheckpoint(checkpoint, view, tokenizer, (progress) =>
        this.#options.emit('values.progress', progress),
      );
      this.#opened = opened;
      this.#options.emit('checkpoint.opened', view);
      this.#options.emit('plan.ready', opened.makePlan(singleRank));
      if (this.#options.checksValues === true) void this.#tellOfValues(opened);
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

  /** Lets go of what is open, before the next checkpoint is read. */
  async #makeRoom(signal: AbortSignal): Promise<void> {
    await this.#work.stop();
    if (signal.aborted) return;
    const tensors = this.#opened?.checkpoint.tensors.length ?? 0;
    this.close();
    if (tensors >= manyTensors) collectGarbage();
  }

  /**
   * Looks at the values of the tensors; the findings are part of every plan from then on. Opening another folder ends it.
   * @returns the plan in force, anew where there is something to say
   * @throws FailureError notLoaded, cancelled
   */
  async checkValues(options: LookOptions = {}): Promise<Plan> {
    return this.#requireOpened().checkValues(options);
  }

  async #tellOfValues(opened: OpenedCheckpoint): Promise<void> {
    const before = opened.current?.view;
    try {
      const after = await opened.checkValues();
      if (after !== before) this.#options.emit('plan.ready', after);
    } catch {
      // Another folder was opened: its own look at values is under way. Files that can't be read are findings.
    }
  }

  /** @throws FailureError notLoaded, badOption */
  makePlan(parallel: ParallelConfig): Plan {
    return this.#requireOpened().makePlan(parallel);
  }

  /**
   * All ranks of a set-up at once; the plan in force stays.
   * @throws FailureError notLoaded, badOption
   */
  placement(parallel: ParallelConfig): CommandOutput<'placement.make'> {
    return this.#requireOpened().placement(parallel);
  }

  /** The plan in force, for the command line's record. */
  get plan(): LoadPlan | null {
    return this.#opened?.current?.plan ?? null;
  }

  get checkpoint(): Checkpoint | null {
    return this.#opened?.checkpoint ?? null;
  }

  /**
   * Loads the rank of the current plan. A failed load is an ended state; what can't even begin is thrown.
   * @throws FailureError the checkpoint's problem, planHasErrors, outOfMemory, nativeMissing, busy
   */
  load(threads: number, statistics = false): Promise<LoadState> {
    const opened = this.#requireOpened();
    const { plan } = opened.requirePlan();
    return this.#work.run('load', (signal) =>
      this.#weights.load(opened, plan, this.#nextRun++, { threads, statistics }, signal),
    );
  }

  /** What the last load counted, by parameter; empty when it was not asked to. */
  loadStatistics(): Promise<ParameterStatistics[]> {
    return this.#weights.statistics();
  }

  /**
   * What the ranks of the plan's set-up need, what running needs, and what each device has for it, as of now.
   * @throws FailureError notLoaded
   */
  memoryNeed(): MemoryNeed {
    const opened = this.#requireOpened();
    const { plan } = opened.requirePlan();
    const devices = this.#native
      .backends()
      .filter(({ available }) => available)
      .map(({ id, kind, memoryFree }) => ({
        id,
        free: roomOn(kind, memoryFree, this.#weights.bytesOn(id), this.#native.threads),
      }));
    return memoryNeed(opened.checkpoint, opened.view.id, plan.input.parallel, this.#weights.sharesTables, devices);
  }

  /** What computes, for the command line. */
  get device(): DeviceState {
    return this.#native.state();
  }

  /** @throws FailureError promptInvalid, notRunnable, tokenizerUnreadable, and what load throws */
  decode(input: CommandInput<'decode.start'>): Promise<DecodeState> {
    const opened = this.#requireOpened();
    return this.#work.run('decode', async (signal) => {
      const prepare = (rows: number) => this.#decodeModel(opened, rows, signal);
      return this.#decoding.start(this.#nextRun++, this.#promptModel(opened), prepare, input, signal);
    });
  }

  /** @throws FailureError as decode */
  compare(input: CommandInput<'decode.compare'>): Promise<SpeedComparison> {
    const opened = this.#requireOpened();
    return this.#work.run('decode', async (signal) => {
      const promptIds = encodePrompt(this.#promptModel(opened), input);
      const rows = rowsOfDecode(opened.checkpoint.config, promptIds.length, input.maxTokens);
      return compareSpeed(await this.#decodeModel(opened, rows, signal), promptIds, input, signal);
    });
  }

  #promptModel({ checkpoint, tokenizer }: OpenedCheckpoint) {
    return { config: checkpoint.config, tokenizer };
  }

  async #decodeModel(opened: OpenedCheckpoint, rows: number, signal: AbortSignal): Promise<DecodeModel> {
    const { config, endTokenIds } = opened.checkpoint;
    const runnable = await this.#weights.runnable(opened, rows, () => this.#nextRun++, signal);
    return {
      ...runnable,
      config,
      numMtpLayers: config.numNextnPredictLayers ?? 0,
      tokenizer: opened.tokenizer,
      endTokenIds,
    };
  }

  /**
   * One pass over ids on weights of its own, with everything in between told.
   * @throws FailureError promptInvalid, notRunnable, planHasErrors, outOfMemory, the checkpoint's problem
   */
  forward(request: ForwardRequest, sink: ForwardSink): Promise<void> {
    const { checkpoint } = this.#requireOpened();
    return this.#work.run('load', () => {
      return runForward(checkpoint, this.#native.openDevice(), this.#native.threads, request, sink);
    });
  }

  /** A load by itself, or the one that a decode began with. */
  #cancelLoad(): Record<string, never> {
    const loadingForDecode = this.#weights.lastLoad?.status === 'running' && this.#work.running === 'decode';
    return this.#abort(loadingForDecode ? 'decode' : 'load');
  }

  #abort(what: Work): Record<string, never> {
    this.#work.abort(what);
    return {};
  }

  /** The end of the session: everything that is open, and the device. Work must have ended. */
  end(): void {
    this.close();
    this.#native.close();
  }

  /** Lets go of everything that is open. Work must have ended. */
  close(): void {
    this.#opened?.close();
    this.#weights.release();
    this.#decoding.forget();
    this.#opened = null;
  }

  #requireOpened(): OpenedCheckpoint {
    if (this.#opened === null) {
      throw new FailureError('notLoaded', 'No checkpoint is open.', { hint: 'Open a checkpoint folder first.' });
    }
    return this.#opened;
  }
}
