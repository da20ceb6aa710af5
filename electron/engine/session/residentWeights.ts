/** The weights in memory, one set at a time, and the model on them. */
import type {
  Checkpoint as CheckpointView,
  LoadParameters,
  LoadReads,
  LoadState,
  ParameterStatistics,
} from '../../common/contract.ts';
import { type DeviceId, type ParallelConfig, singleRank } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { nativeModelConfig } from '../decoding/nativeConfig.ts';
import {
  dtypeBytes,
  type NativeDevice,
  type NativeModel,
  type NativeModelConfig,
  type NativeWeightStore,
} from '../kernels/kernels.ts';
import type { LoadPlan } from '../loading/loadPlan.ts';
import { type LoadHold, runLoad } from './loadRun.ts';
import { parameterOfTensor, statisticsOf } from './loadStatistics.ts';
import { refuseTooLarge, roomOn, tablesOf, type WeightNeed } from './memoryFit.ts';
import { needToRun } from './memoryNeed.ts';
import { describeError } from './nativeFailure.ts';
import type { NativeHost } from './nativeHost.ts';
import { draftPlan } from './plans.ts';
import { isWhole, planWeights, type WeightPlan } from './weightPlan.ts';

export interface RunnableModel {
  readonly native: NativeModel;
  readonly unfilled: WeightPlan['unfilled'];
  /** MTP layers that have an embedding or head of their own use the target's all the same. */
  readonly sharesTables: boolean;
}

interface LoadedWeights {
  readonly parallel: ParallelConfig;
  readonly tables: Pick<WeightNeed, 'ownTables' | 'sharesTables'>;
  readonly device: NativeDevice;
  readonly store: NativeWeightStore;
  readonly unfilled: WeightPlan['unfilled'];
  /** Set when values were counted while they were read: what into, and where each tensor went. */
  readonly counted: { readonly plan: WeightPlan; readonly ofTensor: Int32Array } | null;
  /** Made at the first decode. */
  model: NativeModel | null;
}

export interface LoadWish {
  /** Readers; 0 or left out = as many as compute threads. */
  readonly threads?: number;
  /** Tokens that the model is to run with; 0 or left out = it is only loaded. */
  readonly rows?: number;
  /** Values are counted while they are read. */
  readonly statistics?: boolean;
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
  /** Whether the next load has MTP layers use the target's embedding and head in place of their own. */
  sharesTables: boolean;

  constructor(native: NativeHost, sharesTables: boolean, observer: WeightsObserver) {
    this.#native = native;
    this.sharesTables = sharesTables;
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

  /** Bytes of weights that the next load gives back on its device. */
  bytesOn(device: DeviceId): number {
    return this.#loaded?.device.report.id === device ? this.#loaded.store.bytes : 0;
  }

  /**
   * Lets go of what is loaded and loads the rank of the plan on the chosen device. A failed load is an ended state; what
   * can't even begin is thrown, and what was loaded before stays.
   * @throws FailureError the checkpoint's problem, planHasErrors, notRunnable, outOfMemory, nativeMissing
   */
  async load(
    { checkpoint, view }: { readonly checkpoint: Checkpoint; readonly view: CheckpointView },
    plan: LoadPlan,
    run: number,
    { threads = 0, rows = 0, statistics = false }: LoadWish,
    signal: AbortSignal,
  ): Promise<LoadState> {
    const weights = planWeights(checkpoint, plan, this.sharesTables);
    const tables = tablesOf(weights);
    const device = this.#native.openDevice();
    const need = {
      weights: weights.parameterBytes,
      ...tables,
      run: rows === 0 ? null : needToRun(checkpoint, weights.parameterBytes, rows),
    };
    const readers = threads > 0 ? threads : this.#native.threads;
    refuseTooLarge(checkpoint, plan.input.parallel, need, this.#roomOn(device, readers));
    this.release();
    this.#parameters = parametersOf(weights, run);
    const { state, store } = await runLoad(
      { run, checkpointId: view.id },
      weights,
      view.tensors.bytes,
      device,
      { threads: readers, statistics },
      {
        progress: (progress) => this.#tell(progress),
        reads: (reads) => this.#observer.reads(reads),
        began: (hold) => {
          this.#hold = hold;
        },
      },
      signal,
    );
    if (store !== null)
      this.#loaded = {
        parallel: weights.parallel,
        tables,
        device,
        store,
        unfilled: weights.unfilled,
        counted: statistics ? { plan: weights, ofTensor: parameterOfTensor(weights, checkpoint.tensors.length) } : null,
        model: null,
      };
    this.#tell(state);
    return state;
  }

  /** Of the parameter that a tensor was loaded into; null when nothing was counted of it. */
  async statisticsOfTensor(tensor: number): Promise<ParameterStatistics | null> {
    const { counted, store } = this.#loaded ?? { counted: null, store: null };
    const index = counted?.ofTensor[tensor] ?? -1;
    const parameter = counted?.plan.parameters[index];
    return store === null || parameter === undefined ? null : await statisticsOf(store, parameter, index);
  }

  /** Of every parameter of which something was counted, in their order; empty when the load counted nothing. */
  async statistics(): Promise<ParameterStatistics[]> {
    const { counted, store } = this.#loaded ?? { counted: null, store: null };
    const told: ParameterStatistics[] = [];
    if (store === null || counted === null) return told;
    for (const [index, parameter] of counted.plan.parameters.entries()) {
      const found = await statisticsOf(store, parameter, index);
      if (found !== null) told.push(found);
    }
    return told;
  }

  /**
   * The model on weights of a single rank on the chosen device, with memory for a text of so many tokens. Loads the weights
   * first where they are not there.
   * @param nextRun the number of the load
   * @throws FailureError notRunnable, outOfMemory, cancelled, and what load throws
   */
  async runnable(
    opened: { readonly checkpoint: Checkpoint; readonly view: CheckpointView },
    rows: number,
    nextRun: () => number,
    signal: AbortSignal,
  ): Promise<RunnableModel> {
    const { checkpoint } = opened;
    const native = nativeModelConfig(checkpoint.config, checkpoint.config.numNextnPredictLayers ?? 0);
    if (!this.#canRun(checkpoint, rows)) {
      const state = await this.load(opened, draftPlan(checkpoint, singleRank), nextRun(), { rows }, signal);
      if (state.failure !== null) throw new FailureError(state.failure.code, state.failure.message, state.failure);
      if (state.status === 'cancelled') throw new FailureError('cancelled', 'Stopped while the weights were loaded.');
    }
    return this.#model(native);
  }

  /** @throws FailureError outOfMemory when the weights are there and a text of so many tokens has no room beside them */
  #canRun(checkpoint: Checkpoint, rows: number): boolean {
    const loaded = this.#loaded;
    if (loaded === null || !isWhole(loaded.parallel) || this.#native.openDevice() !== loaded.device) return false;
    const { ownTables, sharesTables } = loaded.tables;
    if (ownTables > 0 && sharesTables !== this.sharesTables) return false;
    const weights = loaded.store.bytes;
    const run = needToRun(checkpoint, weights, rows);
    refuseTooLarge(checkpoint, loaded.parallel, { weights, ...loaded.tables, run }, this.#roomOn(loaded.device, 0));
    return true;
  }

  #roomOn(device: NativeDevice, readers: number): number {
    const { kind, id } = device.report;
    return roomOn(kind, device.memoryFree(), this.bytesOn(id), readers);
  }

  /** @throws FailureError notLoaded, notRunnable */
  #model(config: NativeModelConfig): RunnableModel {
    const loaded = this.#loaded;
    if (loaded === null) throw new FailureError('notLoaded', 'No weights are loaded.');
    try {
      loaded.model ??= loaded.store.createModel(config);
      const { ownTables, sharesTables } = loaded.tables;
      return { native: loaded.model, unfilled: loaded.unfilled, sharesTables: sharesTables && ownTables > 0 };
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
