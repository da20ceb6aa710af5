/** The weights in memory, one set at a time, and the model on them. */
import type { Checkpoint as CheckpointView, LoadParameters, LoadReads, LoadState } from '../../common/contract.ts';
import type { ParallelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { dtypeBytes, type NativeModel, type NativeModelConfig, type NativeWeightStore } from '../kernels/kernels.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { type LoadHold, runLoad } from './loadRun.ts';
import { describeError } from './nativeFailure.ts';
import type { NativeHost } from './nativeHost.ts';
import { isWhole, planWeights, type WeightPlan } from './weightPlan.ts';

export interface RunnableModel {
  readonly native: NativeModel;
  readonly unfilled: WeightPlan['unfilled'];
}

interface LoadedWeights {
  readonly parallel: ParallelConfig;
  readonly store: NativeWeightStore;
  readonly unfilled: WeightPlan['unfilled'];
  /** Made at the first decode. */
  model: NativeModel | null;
}

/** Told of every state of a load, the last one included, and of its reads. */
export interface WeightsObserver {
  progress(state: LoadState): void;
  reads(reads: LoadReads): void;
}

export class ResidentWeights {
  readonly #native: NativeHost;
  readonly #observer: WeightsObserver;
  #hold: LoadHold | null = null;
  #parameters: LoadParameters | null = null;
  #loaded: LoadedWeights | null = null;
  #lastLoad: LoadState | null = null;

  constructor(native: NativeHost, observer: WeightsObserver) {
    this.#native = native;
    this.#observer = observer;
  }

  /** What the running or last load fills. */
  get parameters(): LoadParameters | null {
    return this.#parameters;
  }

  /** All reads of the running or last load so far. */
  get reads(): LoadReads | null {
    return this.#hold?.reads.all() ?? null;
  }

  /** Holds the running load or lets it go on; null when none runs. */
  pause(paused: boolean): LoadState | null {
    return this.#lastLoad?.status === 'running' ? (this.#hold?.pause(paused) ?? null) : null;
  }

  get lastLoad(): LoadState | null {
    return this.#lastLoad;
  }

  /** Whether one rank holds the whole model, so that it can run. */
  get areWhole(): boolean {
    return this.#loaded !== null && isWhole(this.#loaded.parallel);
  }

  /**
   * Lets go of what is loaded and loads the rank of the plan. A failed load is an ended state; what can't even begin
   * is thrown.
   * @param threads 0 = as many as compute threads
   * @throws FailureError the checkpoint's problem, planHasErrors, notRunnable, outOfMemory, nativeMissing
   */
  async load(
    { checkpoint, view }: { readonly checkpoint: Checkpoint; readonly view: CheckpointView },
    plan: LoadPlan,
    run: number,
    threads: number,
    signal: AbortSignal,
  ): Promise<LoadState> {
    const weights = planWeights(checkpoint, plan);
    const device = this.#native.openDevice();
    this.release();
    this.#parameters = parametersOf(weights, run);
    // Asked anew: what was free when the device was opened says nothing about now.
    const memoryFree = this.#native.backends().find(({ kind }) => kind === device.report.kind)?.memoryFree ?? 0;
    const { state, store } = await runLoad(
      { run, checkpointId: view.id },
      weights,
      view.tensors.bytes,
      device,
      memoryFree,
      threads > 0 ? threads : this.#native.threads,
      {
        progress: (progress) => this.#tell(progress),
        reads: (reads) => this.#observer.reads(reads),
        began: (hold) => {
          this.#hold = hold;
        },
      },
      signal,
    );
    if (store !== null) this.#loaded = { parallel: weights.parallel, store, unfilled: weights.unfilled, model: null };
    this.#tell(state);
    return state;
  }

  /** @throws FailureError notLoaded, notRunnable */
  model(config: NativeModelConfig): RunnableModel {
    const loaded = this.#loaded;
    if (loaded === null) throw new FailureError('notLoaded', 'No weights are loaded.');
    try {
      loaded.model ??= loaded.store.createModel(config);
      return { native: loaded.model, unfilled: loaded.unfilled };
    } catch (error) {
      const failure = describeError(error);
      throw new FailureError(failure.code, failure.message, failure);
    }
  }

  release(): void {
    this.#loaded?.model?.close();
    this.#loaded?.store.close();
    this.#loaded = null;
    this.#lastLoad = null;
    this.#hold = null;
    this.#parameters = null;
  }

  #tell(state: LoadState): void {
    this.#lastLoad = state;
    this.#observer.progress(state);
  }
}

function parametersOf(plan: WeightPlan, run: number): LoadParameters {
  return {
    run,
    names: plan.parameters.map(({ name }) => name),
    dtypes: plan.parameters.map(({ dtype }) => dtype),
    bytes: Float64Array.from(plan.parameters, ({ dtype, shape }) =>
      shape.reduce((product, size) => product * size, dtypeBytes[dtype]),
    ),
  };
}
