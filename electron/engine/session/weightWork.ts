/** What is done with the weights of an open checkpoint: loading, decoding, one pass over ids. One piece of work at a time. */
import type {
  CommandInput,
  DecodeState,
  DecodeStep,
  EventName,
  EventPayload,
  LoadState,
  MemoryNeed,
  SpeedComparison,
} from '../../common/contract.ts';
import type { DeviceChoice } from '../../common/domain.ts';
import { compareSpeed } from './compareSpeed.ts';
import { type DecodeModel, encodePrompt, rowsOfDecode } from './decodeRun.ts';
import { Decoding } from './decoding.ts';
import { type ForwardRequest, type ForwardSink, runForward } from './forwardRun.ts';
import { roomOn } from './memoryFit.ts';
import { memoryNeed } from './memoryNeed.ts';
import { NativeHost } from './nativeHost.ts';
import { OneAtATime } from './oneAtATime.ts';
import type { OpenedCheckpoint } from './openedCheckpoint.ts';
import { ResidentWeights } from './residentWeights.ts';

export interface WeightWorkOptions {
  readonly addonPath: string;
  /** Compute threads; 0 = one per core. */
  readonly threads?: number;
  /** The CPU where nothing is chosen. */
  readonly device?: DeviceChoice;
  /** MTP layers use the target's embedding and head in place of their own. */
  readonly sharesTables?: boolean;
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void;
  emitStep(step: DecodeStep): void;
}

export class WeightWork {
  readonly native: NativeHost;
  readonly weights: ResidentWeights;
  readonly decoding: Decoding;
  readonly #work = new OneAtATime();
  #nextRun = 1;

  constructor({ addonPath, threads = 0, device, sharesTables = false, emit, emitStep }: WeightWorkOptions) {
    this.native = new NativeHost(addonPath, threads, device);
    this.weights = new ResidentWeights(this.native, sharesTables, {
      progress: (state) => emit('load.progress', state),
      reads: (reads) => emit('load.reads', reads),
    });
    this.decoding = new Decoding({
      started: (state) => emit('decode.started', state),
      step: emitStep,
      routing: (routing) => emit('decode.routing', routing),
      ended: (state) => emit('decode.ended', state),
    });
  }

  /**
   * Loads the rank of the current plan. A failed load is an ended state; what can't even begin is thrown.
   * @throws FailureError the checkpoint's problem, planHasErrors, outOfMemory, nativeMissing, busy
   */
  load(opened: OpenedCheckpoint, threads: number, statistics: boolean): Promise<LoadState> {
    const { plan } = opened.requirePlan();
    return this.#work.run('load', (signal) =>
      this.weights.load(opened, plan, this.#nextRun++, { threads, statistics }, signal),
    );
  }

  /** @throws FailureError promptInvalid, notRunnable, tokenizerUnreadable, and what load throws */
  decode(opened: OpenedCheckpoint, input: CommandInput<'decode.start'>): Promise<DecodeState> {
    return this.#work.run('decode', async (signal) => {
      const prepare = (rows: number) => this.#decodeModel(opened, rows, signal);
      return this.decoding.start(this.#nextRun++, promptModel(opened), prepare, input, signal);
    });
  }

  /** @throws FailureError as decode */
  compare(opened: OpenedCheckpoint, input: CommandInput<'decode.compare'>): Promise<SpeedComparison> {
    return this.#work.run('decode', async (signal) => {
      const promptIds = encodePrompt(promptModel(opened), input);
      const rows = rowsOfDecode(opened.checkpoint.config, promptIds.length, input.maxTokens);
      return compareSpeed(await this.#decodeModel(opened, rows, signal), promptIds, input, signal);
    });
  }

  /**
   * One pass over ids on weights of its own, with everything in between told.
   * @throws FailureError promptInvalid, notRunnable, planHasErrors, outOfMemory, the checkpoint's problem
   */
  forward({ checkpoint }: OpenedCheckpoint, request: ForwardRequest, sink: ForwardSink): Promise<void> {
    return this.#work.run('load', (signal) =>
      runForward(checkpoint, this.native.openDevice(), this.native.threads, request, sink, signal),
    );
  }

  /**
   * What the ranks of the plan's set-up need, what running needs, and what each device has for it, as of now.
   * @throws FailureError notLoaded
   */
  memoryNeed(opened: OpenedCheckpoint): MemoryNeed {
    const { plan } = opened.requirePlan();
    const devices = this.native
      .backends()
      .filter(({ available }) => available)
      .map(({ id, kind, memoryFree }) => ({
        id,
        free: roomOn(kind, memoryFree, this.weights.bytesOn(id), this.native.threads),
      }));
    return memoryNeed(opened.checkpoint, opened.view.id, plan.input.parallel, this.weights.sharesTables, devices);
  }

  /** A load by itself, or the one that a decode began with. */
  cancelLoad(): void {
    const loadingForDecode = this.weights.lastLoad?.status === 'running' && this.#work.running === 'decode';
    this.#work.abort(loadingForDecode ? 'decode' : 'load');
  }

  stopDecode(): void {
    this.#work.abort('decode');
  }

  /** Ends what is running; resolves when it has ended. */
  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** Lets go of weights and of the last run. Work must have ended. */
  release(): void {
    this.weights.release();
    this.decoding.forget();
  }

  async #decodeModel(opened: OpenedCheckpoint, rows: number, signal: AbortSignal): Promise<DecodeModel> {
    const { config, endTokenIds } = opened.checkpoint;
    const runnable = await this.weights.runnable(opened, rows, () => this.#nextRun++, signal);
    return {
      ...runnable,
      config,
      numMtpLayers: config.numNextnPredictLayers ?? 0,
      tokenizer: opened.tokenizer,
      endTokenIds,
    };
  }
}

function promptModel({ checkpoint, tokenizer }: OpenedCheckpoint): Pick<DecodeModel, 'config' | 'tokenizer'> {
  return { config: checkpoint.config, tokenizer };
}
