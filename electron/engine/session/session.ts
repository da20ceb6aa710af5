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
  Finding,
  LoadState,
  MemoryNeed,
  ParameterStatistics,
  Plan,
  SpeedComparison,
} from '../../common/contract.ts';
import { type DeviceChoice, type ParallelConfig, singleRank } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure, toFailure } from '../../common/failure.ts';
import { withoutFilesBeside } from '../checkpoint/filesBeside.ts';
import { isHeadersFile, readHeadersFile } from '../checkpoint/headersFile.ts';
import { type Checkpoint, openCheckpoint } from '../checkpoint/openCheckpoint.ts';
import { readPrompts } from '../checkpoint/sideFiles.ts';
import type { Tokenizer } from '../decoding/tokenizer.ts';
import type { Handlers } from '../dispatcher.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { checkpointView } from './checkpointView.ts';
import { collectGarbage } from './collectGarbage.ts';
import { compareSpeed } from './compareSpeed.ts';
import { type DecodeModel, encodePrompt, rowsOfDecode, tokenizerOf } from './decodeRun.ts';
import { Decoding } from './decoding.ts';
import { checkpointFindings } from './findings/checkpointFindings.ts';
import { type ForwardRequest, type ForwardSink, runForward } from './forwardRun.ts';
import { roomOn } from './memoryFit.ts';
import { memoryNeed } from './memoryNeed.ts';
import { NativeHost } from './nativeHost.ts';
import { OneAtATime, type Work } from './oneAtATime.ts';
import { movesView, placementView } from './placementView.ts';
import { draftPlan, isSameGroup, requireRanks, targetFindingOf, targetSetupFindingOf } from './plans.ts';
import { parameterSlotsView, planView, slicesView, storyView } from './planView.ts';
import { measureReadCeiling } from './readCeiling.ts';
import { ResidentWeights } from './residentWeights.ts';
import { inspectTensor } from './tensorInspection.ts';
import { type LookOptions, ValueLook } from './valueLook.ts';

export interface SessionOptions {
  readonly addonPath: string;
  readonly version: string;
  /** Compute threads; 0 = one per core. */
  readonly threads?: number;
  /** The CPU where nothing is chosen. */
  readonly device?: DeviceChoice;
  /** Looks at values after opening, unasked, and tells of the plan again when it has findings about them. */
  readonly checksValues?: boolean;
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void;
  emitStep(step: DecodeStep): void;
}

export interface OpenChoices {
  /** Files that lie beside the weights and are none are left out, though the reference would read them. */
  readonly withoutBeside?: boolean;
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
  readonly fileFindings: readonly Finding[];
  /** Empty until values were looked at. */
  readonly valueFindings: readonly Finding[];
}

interface CurrentPlan {
  readonly plan: LoadPlan;
  readonly view: EventPayload<'plan.ready'>;
  /** The same for every rank of the plan's set-up. */
  readonly targetFinding: Finding | null;
}

/** Fewer are gone without asking. */
const manyTensors = 50_000;

export class Session {
  readonly #options: SessionOptions;
  readonly handlers: Handlers;
  #nextCheckpointId = 1;
  #nextRun = 1;
  #opening: AbortController | null = null;
  readonly #values: ValueLook;
  #opened: OpenedCheckpoint | null = null;
  #plan: CurrentPlan | null = null;
  readonly #work = new OneAtATime();
  readonly #decoding: Decoding;
  readonly #weights: ResidentWeights;
  #tokenizer: Tokenizer | null = null;
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
    this.#values = new ValueLook((progress) => options.emit('values.progress', progress));
    this.#weights = new ResidentWeights(this.#native, {
      progress: (state) => options.emit('load.progress', state),
      reads: (reads) => options.emit('load.reads', reads),
    });
    this.handlers = {
      'session.state': () => ({
        device: this.#native.state(),
        checkpoint: this.#opened?.view ?? null,
        plan: this.#plan?.view ?? null,
        load: this.#weights.lastLoad,
        decode: this.#decoding.shown,
        version: options.version,
      }),
      'device.choose': ({ choice }) => this.#native.choose(choice),
      'memory.need': () => this.memoryNeed(),
      'plan.make': ({ parallel }) => this.makePlan(parallel),
      'placement.make': ({ parallel }) => this.placement(parallel),
      'placement.compare': ({ from, to, model }) => this.#moves(from, to, model),
      'tensor.explain': ({ tensor }) => storyView(this.#planWith(tensor), tensor),
      'tensor.slices': ({ tensor }) => slicesView(this.#planWith(tensor), tensor),
      'parameter.slots': ({ parameter }) => parameterSlotsView(this.#requirePlan().plan, parameter),
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
  async open(path: string, { withoutBeside = false }: OpenChoices = {}): Promise<OpenResult> {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    const begin = performance.now();
    try {
      this.#options.emit('checkpoint.opening', { folder: path, files: 0, filesRead: 0 });
      const whole = await this.#read(path, opening.signal);
      const checkpoint = withoutBeside ? withoutFilesBeside(whole) : whole;
      const tokenizer = await tokenizerOf(checkpoint.folder);
      const prompts = await readPrompts(checkpoint.folder);
      opening.signal.throwIfAborted();
      const view = checkpointView(checkpoint, {
        id: this.#nextCheckpointId++,
        hasTokenizer: tokenizer !== null,
        prompts,
        openedMicros: (performance.now() - begin) * 1000,
      });
      this.#opened = {
        checkpoint,
        view,
        targetFinding: targetFindingOf(checkpoint),
        fileFindings: checkpointFindings(checkpoint),
        valueFindings: [],
      };
      this.#tokenizer = tokenizer;
      this.#options.emit('checkpoint.opened', view);
      this.#options.emit('plan.ready', this.makePlan(singleRank));
      if (this.#options.checksValues === true) void this.#tellOfValues();
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

  async #read(path: string, signal: AbortSignal): Promise<Checkpoint> {
    const whenReadable = async () => {
      await this.#work.stop();
      if (signal.aborted) return;
      const tensors = this.#opened?.checkpoint.tensors.length ?? 0;
      this.close();
      if (tensors >= manyTensors) collectGarbage();
    };
    if (await isHeadersFile(path)) {
      const checkpoint = await readHeadersFile(path);
      await whenReadable();
      return checkpoint;
    }
    return openCheckpoint(path, {
      signal,
      onProgress: (filesRead, files) => this.#options.emit('checkpoint.opening', { folder: path, files, filesRead }),
      whenReadable,
    });
  }

  /**
   * Looks at the values of the tensors; the findings are part of every plan from then on. Opening another folder ends it.
   * @param options without a budget of its own, few bytes of each tensor are read
   * @returns the plan in force, anew where there is something to say
   * @throws FailureError notLoaded, cancelled
   */
  async checkValues(options: LookOptions = {}): Promise<Plan> {
    const opened = this.#requireOpened();
    const found = await this.#values.look(opened, options);
    this.#opened = { ...opened, valueFindings: found };
    const { plan, view } = this.#requirePlan();
    return found.length === 0 ? view : this.#adopt(plan, view.planMicros);
  }

  async #tellOfValues(): Promise<void> {
    const before = this.#plan?.view;
    try {
      const after = await this.checkValues();
      if (after !== before) this.#options.emit('plan.ready', after);
    } catch {
      // Another folder was opened: its own look at values is under way. Files that can't be read are findings.
    }
  }

  /** @throws FailureError notLoaded, badOption */
  makePlan(parallel: ParallelConfig): EventPayload<'plan.ready'> {
    const { checkpoint } = this.#requireOpened();
    requireRanks(parallel);
    const begin = performance.now();
    const plan = draftPlan(checkpoint, parallel);
    return this.#adopt(plan, (performance.now() - begin) * 1000);
  }

  /** Puts a plan in force, with all that is known of the checkpoint. */
  #adopt(plan: LoadPlan, planMicros: number): Plan {
    const { checkpoint, view, fileFindings, valueFindings: ofValues, ...opened } = this.#requireOpened();
    const { parallel } = plan.input;
    const before = this.#plan;
    const targetFinding =
      before !== null && isSameGroup(before.plan.input.parallel, parallel)
        ? before.targetFinding
        : (opened.targetFinding ?? targetSetupFindingOf(checkpoint, parallel));
    const planned = planView(plan, {
      checkpointId: view.id,
      problems: checkpoint.problems,
      planMicros,
      targetFinding,
      fileFindings: [...fileFindings, ...ofValues],
    });
    this.#plan = { plan, view: planned, targetFinding };
    return planned;
  }

  /**
   * All ranks of a set-up at once; the plan in force stays.
   * @throws FailureError notLoaded, badOption
   */
  placement(parallel: ParallelConfig): CommandOutput<'placement.make'> {
    const { checkpoint, view } = this.#requireOpened();
    requireRanks(parallel);
    const current = this.#plan?.plan;
    const plan =
      current !== undefined && isSameGroup(current.input.parallel, parallel)
        ? current
        : draftPlan(checkpoint, { ...parallel, rank: 0 });
    return placementView(plan, view.id);
  }

  #moves(from: ParallelConfig, to: ParallelConfig, model: 'drafter' | 'target'): CommandOutput<'placement.compare'> {
    const { checkpoint } = this.#requireOpened();
    requireRanks(from);
    requireRanks(to);
    return movesView(checkpoint.config, from, to, model);
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
  load(threads: number, statistics = false): Promise<LoadState> {
    const opened = this.#requireOpened();
    const { plan } = this.#requirePlan();
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
    const { checkpoint, view } = this.#requireOpened();
    const { plan } = this.#requirePlan();
    const devices = this.#native
      .backends()
      .filter(({ available }) => available)
      .map(({ id, kind, memoryFree }) => ({
        id,
        free: roomOn(kind, memoryFree, this.#weights.bytesOn(id), this.#native.threads),
      }));
    return memoryNeed(checkpoint, view.id, plan.input.parallel, devices);
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

  #promptModel({ checkpoint }: OpenedCheckpoint) {
    return { config: checkpoint.config, tokenizer: this.#tokenizer };
  }

  async #decodeModel(opened: OpenedCheckpoint, rows: number, signal: AbortSignal): Promise<DecodeModel> {
    const { config, endTokenIds } = opened.checkpoint;
    const { native, unfilled } = await this.#weights.runnable(opened, rows, () => this.#nextRun++, signal);
    return {
      native,
      config,
      numMtpLayers: config.numNextnPredictLayers ?? 0,
      tokenizer: this.#tokenizer,
      endTokenIds,
      unfilled,
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

  /** @throws FailureError badRequest, notLoaded */
  #planWith(tensor: number): LoadPlan {
    const { plan } = this.#requirePlan();
    if (tensor >= plan.input.tensors.length) {
      throw new FailureError('badRequest', `There is no tensor ${tensor} in this checkpoint.`);
    }
    return plan;
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
    this.#values.stop();
    this.#weights.release();
    this.#decoding.forget();
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
