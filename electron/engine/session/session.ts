/**
 * One checkpoint, one set of weights, one piece of work at a time: what the engine holds, and the commands that the page and
 * the command line give it.
 */
import type {
  CommandInput,
  CommandOutput,
  DecodeState,
  DeviceState,
  LoadState,
  MemoryNeed,
  ParameterStatistics,
  Plan,
  SpeedComparison,
} from '../../common/contract.ts';
import type { ParallelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import type { Handlers } from '../dispatcher.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { CheckpointOpener, type OpenResult } from './checkpointOpener.ts';
import { collectGarbage } from './collectGarbage.ts';
import type { ForwardRequest, ForwardSink } from './forwardRun.ts';
import type { OpenedCheckpoint } from './openedCheckpoint.ts';
import { parameterSlotsView, slicesView, storyView } from './planView.ts';
import { measureReadCeiling } from './readCeiling.ts';
import type { OpenChoices } from './readCheckpoint.ts';
import { inspectTensor } from './tensorInspection.ts';
import type { LookOptions } from './valueLook.ts';
import { WeightWork, type WeightWorkOptions } from './weightWork.ts';

export interface SessionOptions extends WeightWorkOptions {
  readonly version: string;
  /** Looks at values after opening, unasked, and tells of the plan again when it has findings about them. */
  readonly checksValues?: boolean;
}

/** Fewer are gone without asking. */
const manyTensors = 50_000;

export class Session {
  readonly handlers: Handlers;
  readonly #opener: CheckpointOpener;
  readonly #work: WeightWork;
  #opened: OpenedCheckpoint | null = null;

  constructor(options: SessionOptions) {
    this.#work = new WeightWork(options);
    this.#opener = new CheckpointOpener(
      {
        emit: (event, payload) => options.emit(event, payload),
        makeRoom: (signal) => this.#makeRoom(signal),
        opened: (checkpoint) => {
          this.#opened = checkpoint;
        },
      },
      options.checksValues ?? false,
    );
    this.handlers = this.#handlers(options.version);
  }

  #handlers(version: string): Handlers {
    const { native, weights, decoding } = this.#work;
    const opened = () => this.#requireOpened();
    return {
      'session.state': () => ({
        device: native.state(),
        checkpoint: this.#opened?.view ?? null,
        plan: this.#opened?.current?.view ?? null,
        load: weights.lastLoad,
        decode: decoding.shown,
        version,
      }),
      'device.choose': ({ choice }) => native.choose(choice),
      'tables.share': ({ shared }) => {
        weights.sharesTables = shared;
        return {};
      },
      'memory.need': () => this.memoryNeed(),
      'plan.make': ({ parallel }) => this.makePlan(parallel),
      'placement.make': ({ parallel }) => this.placement(parallel),
      'placement.compare': ({ from, to, model }) => opened().moves(from, to, model),
      'tensor.explain': ({ tensor }) => storyView(opened().planWith(tensor), tensor),
      'tensor.slices': ({ tensor }) => slicesView(opened().planWith(tensor), tensor),
      'parameter.slots': ({ parameter }) => parameterSlotsView(opened().requirePlan().plan, parameter),
      'tensor.inspect': ({ tensor, maxValues }) => inspectTensor(opened().checkpoint, tensor, maxValues),
      'load.start': ({ threads, statistics }) => this.load(threads, statistics),
      'load.statistics': ({ tensor }) => weights.statisticsOfTensor(tensor),
      'load.cancel': () => {
        this.#work.cancelLoad();
        return {};
      },
      'load.pause': ({ paused }) => weights.pause(paused),
      'load.reads': () => weights.reads,
      'load.parameters': () => weights.parameters,
      'load.ceiling': ({ threads }) => measureReadCeiling(opened().checkpoint, threads),
      'decode.start': (input) => this.decode(input),
      'decode.control': (change) => decoding.control(change),
      'decode.compare': (input) => this.compare(input),
      'decode.stop': () => {
        this.#work.stopDecode();
        return {};
      },
    };
  }

  /**
   * Opens a folder and plans it for a single rank. What was open before is let go, running work first, once the new
   * checkpoint is known to be readable: until then a failure changes nothing, and afterwards there is none. The two never lie
   * in memory side by side.
   */
  open(path: string, choices: OpenChoices = {}): Promise<OpenResult> {
    return this.#opener.open(path, choices);
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

  /** @throws FailureError notLoaded, and as WeightWork.load */
  load(threads: number, statistics = false): Promise<LoadState> {
    return this.#work.load(this.#requireOpened(), threads, statistics);
  }

  /** What the last load counted, by parameter; empty when it was not asked to. */
  loadStatistics(): Promise<ParameterStatistics[]> {
    return this.#work.weights.statistics();
  }

  /** @throws FailureError notLoaded */
  memoryNeed(): MemoryNeed {
    return this.#work.memoryNeed(this.#requireOpened());
  }

  /** What computes, for the command line. */
  get device(): DeviceState {
    return this.#work.native.state();
  }

  /** @throws FailureError notLoaded, and as WeightWork.decode */
  decode(input: CommandInput<'decode.start'>): Promise<DecodeState> {
    return this.#work.decode(this.#requireOpened(), input);
  }

  /** @throws FailureError notLoaded, and as WeightWork.decode */
  compare(input: CommandInput<'decode.compare'>): Promise<SpeedComparison> {
    return this.#work.compare(this.#requireOpened(), input);
  }

  /** @throws FailureError notLoaded, and as WeightWork.forward */
  forward(request: ForwardRequest, sink: ForwardSink): Promise<void> {
    return this.#work.forward(this.#requireOpened(), request, sink);
  }

  /** The end of the session: running work is stopped, everything that is open let go of, and the device. */
  async end(): Promise<void> {
    this.#opener.stop();
    await this.#work.stop();
    this.close();
    this.#work.native.close();
  }

  /** Lets go of everything that is open. Work must have ended. */
  close(): void {
    this.#opened?.close();
    this.#work.release();
    this.#opened = null;
  }

  #requireOpened(): OpenedCheckpoint {
    if (this.#opened === null) {
      throw new FailureError('notLoaded', 'No checkpoint is open.', { hint: 'Open a checkpoint folder first.' });
    }
    return this.#opened;
  }
}
