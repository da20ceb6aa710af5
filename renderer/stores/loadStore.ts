import { createStore } from 'zustand/vanilla';
import type { LoadState } from '../../electron/common/contract.ts';
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
}

export function createLoadStore(client: EngineClient) {
  const store = createStore<LoadStoreState>(() => ({ status: { kind: 'none' } }));

  function take(load: LoadState): void {
    const { status } = store.getState();
    // The end is told twice, by the last event and by the reply, in either order.
    const known = status.kind === 'known' ? status.load : null;
    if (known?.run === load.run && known.status !== 'running' && load.status === 'running') return;
    store.setState({ status: { kind: 'known', load } });
  }

  client.on('load.progress', take);
  client.on('checkpoint.opened', () => store.setState({ status: { kind: 'none' } }));
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
    /** @param threads reader threads; 0 = as many as the engine thinks right */
    async start(threads: number): Promise<void> {
      const before = shownLoad(store.getState());
      store.setState({ status: { kind: 'starting' } });
      try {
        take(await client.call('load.start', { threads }));
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
