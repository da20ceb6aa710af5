import { createStore } from 'zustand/vanilla';
import type { LoadState, ReadCeiling } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export interface RateSample {
  /** Since the start of the load. */
  readonly micros: number;
  readonly bytesPerSecond: number;
}

export type LoadStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'known'; readonly load: LoadState }
  /** What was loaded before stays loaded. */
  | { readonly kind: 'refused'; readonly failure: Failure; readonly before: LoadState | null };

/** Lifetime: one load. */
export interface LoadStoreState {
  readonly status: LoadStatus;
  /** What plain reads of these files reach, measured after the first load that ended; null until then. */
  readonly ceiling: ReadCeiling | null;
}

/** As the engine has it. */
const mostCeilingReaders = 4;

export function createLoadStore(client: EngineClient) {
  const store = createStore<LoadStoreState>(() => ({ status: { kind: 'none' }, ceiling: null }));

  function take(load: LoadState): void {
    const { status } = store.getState();
    // The end is told twice, by the last event and by the reply, in either order.
    const known = status.kind === 'known' ? status.load : null;
    if (known?.run === load.run && known.status !== 'running' && load.status === 'running') return;
    store.setState({ status: { kind: 'known', load } });
  }

  /** Once for every number of readers; nothing is read beside a load that could be slowed down by it. */
  async function measure({ threads, status }: LoadState): Promise<void> {
    const { ceiling } = store.getState();
    if (status !== 'done' || ceiling?.readers === Math.min(threads, mostCeilingReaders)) return;
    try {
      store.setState({ ceiling: await client.call('load.ceiling', { threads }) });
    } catch {
      // The load is told all the same, without a line to hold it against.
    }
  }

  client.on('load.progress', take);
  client.on('checkpoint.opened', () => store.setState({ status: { kind: 'none' }, ceiling: null }));
  client.onEngineStatus((engine) => {
    if (engine.status !== 'stopped') return;
    // The weights lived in the engine that is gone.
    const { status } = store.getState();
    if (status.kind === 'known' && status.load.status === 'running') {
      take({ ...status.load, status: 'failed', failure: engine.failure });
    } else store.setState({ status: { kind: 'none' } });
  });

  return Object.assign(store, {
    restore(load: LoadState | null): void {
      store.setState({ status: load ? { kind: 'known', load } : { kind: 'none' } });
    },
    /**
     * @param threads reader threads; 0 = as many as the engine thinks right
     * @param statistics values are counted while they are read
     */
    async start(threads: number, statistics = false): Promise<void> {
      const before = shownLoad(store.getState());
      store.setState({ status: { kind: 'starting' } });
      try {
        const load = await client.call('load.start', statistics ? { threads, statistics } : { threads });
        take(load);
        await measure(load);
      } catch (error) {
        const { status } = store.getState();
        const failure = toFailure(error);
        if (status.kind === 'known') take({ ...status.load, status: 'failed', failure });
        else store.setState({ status: { kind: 'refused', failure, before } });
      }
    },
    /** Holds the running load, or lets it go on. */
    async pause(paused: boolean): Promise<void> {
      try {
        const load = await client.call('load.pause', { paused });
        if (load !== null) take(load);
      } catch (error) {
        store.setState({ status: { kind: 'refused', failure: toFailure(error), before: shownLoad(store.getState()) } });
      }
    },
    async cancel(): Promise<void> {
      try {
        await client.call('load.cancel', {});
      } catch (error) {
        store.setState({ status: { kind: 'refused', failure: toFailure(error), before: shownLoad(store.getState()) } });
      }
    },
  });
}

export type LoadStore = ReturnType<typeof createLoadStore>;

/** The load on screen: after a refusal, the one before. */
export function shownLoad({ status }: LoadStoreState): LoadState | null {
  if (status.kind === 'known') return status.load;
  return status.kind === 'refused' ? status.before : null;
}

export function isLoading({ status }: LoadStoreState): boolean {
  return status.kind === 'starting' || (status.kind === 'known' && status.load.status === 'running');
}

/** Rates between the points of a load's timeline. */
export function ratesOf(timeline: LoadState['timeline']): readonly RateSample[] {
  const rates: RateSample[] = [];
  let before = { micros: 0, bytes: 0 };
  for (const point of timeline) {
    const micros = point.micros - before.micros;
    if (micros <= 0) continue;
    rates.push({ micros: point.micros, bytesPerSecond: ((point.bytes - before.bytes) / micros) * 1e6 });
    before = point;
  }
  return rates;
}
