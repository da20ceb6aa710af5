/** One load: a WeightPlan into a native store, with its running figures. */
import type { LoadReads, LoadState } from '../../common/contract.ts';
import type { NativeDevice, NativeWeightStore } from '../kernels/kernels.ts';
import { describeError } from './nativeFailure.ts';
import { ReadLog } from './readLog.ts';
import { Timeline } from './timeline.ts';
import type { WeightPlan } from './weightPlan.ts';

/** At most ten a second. */
const progressMillis = 100;

export interface LoadRun {
  readonly state: LoadState;
  /** null when it did not finish; nothing is kept then. */
  readonly store: NativeWeightStore | null;
}

/** Who is told how the load goes. */
export interface LoadObserver {
  progress(state: LoadState): void;
  reads(reads: LoadReads): void;
  /** The load runs and can be held. */
  began(control: LoadHold): void;
}

/** Holds a running load and lets it go on. */
export interface LoadHold {
  readonly reads: ReadLog;
  /** The state after it; calling it again with the same wish changes nothing. */
  pause(paused: boolean): LoadState;
}

/**
 * Allocates, reads, and tells how far it is. A cancelled or failed load frees everything.
 * @param tensorBytes bytes of every tensor of the checkpoint
 */
export async function runLoad(
  ids: { readonly run: number; readonly checkpointId: number },
  plan: WeightPlan,
  tensorBytes: Float64Array,
  device: NativeDevice,
  options: { readonly threads: number; readonly statistics: boolean },
  observer: LoadObserver,
  signal: AbortSignal,
): Promise<LoadRun> {
  const tally = new Tally(ids, plan, tensorBytes, { threads: options.threads, backend: device.report.kind });
  let store: NativeWeightStore | null = null;
  const begin = performance.now();
  const micros = () => (performance.now() - begin) * 1000;
  const cancel = () => store?.cancel();
  try {
    signal.throwIfAborted();
    store = device.createStore(plan.parameters);
    signal.addEventListener('abort', cancel);
    const loading = store;
    const log = new ReadLog(ids.run);
    const tell = () => {
      observer.progress(tally.running(loading, micros()));
      observer.reads(log.take(loading));
    };
    const timer = setInterval(tell, progressMillis);
    observer.began({
      reads: log,
      pause: (paused) => {
        if (paused) loading.pause();
        else loading.resume();
        tally.hold(paused, micros());
        const state = tally.running(loading, micros());
        observer.progress(state);
        return state;
      },
    });
    // The curve is about reading; making the store comes before it.
    const readingFrom = performance.now();
    const sinceReading = () => (performance.now() - readingFrom) * 1000;
    const stopSampling = sample(tally.timeline, () => {
      const { bytesRead } = loading.progress();
      // The last bytes may have been seen already; waiting for the news of it is no reading.
      if (tally.timeline.points.at(-1)?.bytes !== bytesRead) tally.timeline.add(sinceReading(), bytesRead);
    });
    try {
      const done = loading.load(plan.files, plan.items, options);
      observer.progress(tally.running(loading, micros()));
      const result = await done;
      const { bytesRead } = loading.progress();
      // The last bytes may have been seen already; waiting for the news of it is no reading.
      if (tally.timeline.points.at(-1)?.bytes !== bytesRead) tally.timeline.add(sinceReading(), bytesRead);
      return { state: tally.ended(store, 'done', result.micros, null), store };
    } finally {
      clearInterval(timer);
      stopSampling();
      observer.reads(log.take(loading));
    }
  } catch (error) {
    const failure = describeError(error);
    const cancelled = failure.code === 'cancelled';
    const state = tally.ended(store, cancelled ? 'cancelled' : 'failed', micros(), cancelled ? null : failure);
    store?.close();
    return { state, store: null };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Takes points as often as the timeline wants them; returns the stop. */
function sample(timeline: Timeline, take: () => void): () => void {
  let timer = setTimeout(tick, timeline.millis);
  function tick(): void {
    take();
    timer = setTimeout(tick, timeline.millis);
  }
  return () => clearTimeout(timer);
}

/** Turns finished items into finished tensors and groups. */
class Tally {
  readonly #plan: WeightPlan;
  readonly #tensorBytes: Float64Array;
  readonly #itemsOfTensor: Int32Array;
  readonly timeline = new Timeline();
  #pausedMicros = 0;
  /** When the pause that lasts began; null = none does. */
  #pausedSince: number | null = null;
  readonly #base: Pick<
    LoadState,
    | 'run'
    | 'checkpointId'
    | 'parallel'
    | 'threads'
    | 'backend'
    | 'tensorsTotal'
    | 'bytesTotal'
    | 'parametersTotal'
    | 'parameterBytes'
  >;

  constructor(
    ids: { run: number; checkpointId: number },
    plan: WeightPlan,
    tensorBytes: Float64Array,
    means: Pick<LoadState, 'threads' | 'backend'>,
  ) {
    this.#plan = plan;
    this.#tensorBytes = tensorBytes;
    this.#itemsOfTensor = new Int32Array(tensorBytes.length);
    for (const tensor of plan.tensorOfItem) this.#itemsOfTensor[tensor] = (this.#itemsOfTensor[tensor] ?? 0) + 1;
    const read = plan.groups.filter((group) => group.kind === 'loaded');
    this.#base = {
      ...ids,
      parallel: { ...plan.parallel },
      ...means,
      tensorsTotal: read.reduce((sum, group) => sum + group.tensors, 0),
      bytesTotal: read.reduce((sum, group) => sum + group.bytes, 0),
      parametersTotal: plan.parameters.length,
      parameterBytes: plan.parameterBytes,
    };
  }

  hold(paused: boolean, micros: number): void {
    if (paused) this.#pausedSince ??= micros;
    else if (this.#pausedSince !== null) {
      this.#pausedMicros += micros - this.#pausedSince;
      this.#pausedSince = null;
    }
  }

  running(store: NativeWeightStore, micros: number): LoadState {
    return this.#state(store, 'running', micros, null);
  }

  ended(
    store: NativeWeightStore | null,
    status: 'done' | 'cancelled' | 'failed',
    micros: number,
    failure: LoadState['failure'],
  ): LoadState {
    return this.#state(store, status, micros, failure);
  }

  #state(
    store: NativeWeightStore | null,
    status: LoadState['status'],
    micros: number,
    failure: LoadState['failure'],
  ): LoadState {
    const left = this.#itemsOfTensor.slice();
    const done = store?.itemsDone() ?? new Uint8Array();
    this.#plan.tensorOfItem.forEach((tensor, item) => {
      if (done[item] === 1) left[tensor] = (left[tensor] as number) - 1;
    });
    const groups = this.#plan.groups.map((group) => ({ ...group, doneTensors: 0, doneBytes: 0 }));
    let tensorsDone = 0;
    left.forEach((open, tensor) => {
      const group = groups[this.#plan.groupOfTensor[tensor] as number];
      if (group === undefined) return;
      // What is left out is decided, and so done, from the start.
      if (group.kind === 'loaded' && open > 0) return;
      if (group.kind === 'loaded' && store === null) return;
      if (group.kind === 'loaded') tensorsDone++;
      group.doneTensors++;
      group.doneBytes += this.#tensorBytes[tensor] ?? 0;
    });
    const progress = store?.progress();
    return {
      ...this.#base,
      // A rank of several reads slices: fewer bytes than its tensors have.
      bytesTotal: progress?.bytesTotal ?? this.#base.bytesTotal,
      status,
      paused: status === 'running' && this.#pausedSince !== null,
      pausedMicros: this.#pausedMicros + (this.#pausedSince === null ? 0 : Math.max(0, micros - this.#pausedSince)),
      tensorsDone,
      bytesRead: progress?.bytesRead ?? 0,
      micros,
      groups: groups.filter((group) => group.tensors > 0),
      timeline: this.timeline.points,
      failure,
    };
  }
}
