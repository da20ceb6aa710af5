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
  | { readonly kind: 'known'; readonly load: LoadState; readonly rates: readonly RateSample[] }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Lifetime: one load. */
export interface LoadStoreState {
  readonly status: LoadStatus;
}

const maxSamples = 500;

export function createLoadStore(client: EngineClient) {
  const store = createStore<LoadStoreState>(() => ({ status: { kind: 'none' } }));

  function take(load: LoadState): void {
    const { status } = store.getState();
    if (status.kind !== 'known') {
      store.setState({ status: { kind: 'known', load, rates: addSample([], null, load) } });
      return;
    }
    // The end is told twice, by the last event and by the reply, in either order.
    const ended = status.load.status !== 'running';
    if (ended && load.status === 'running') return;
    const rates = ended ? status.rates : addSample(status.rates, status.load, load);
    store.setState({ status: { kind: 'known', load, rates } });
  }

  client.on('load.progress', take);
  client.on('checkpoint.opened', () => store.setState({ status: { kind: 'none' } }));
  client.onEngineStatus((engine) => {
    if (engine.status !== 'stopped') return;
    // The weights lived in the engine that is gone.
    const { status } = store.getState();
    if (status.kind === 'known' && status.load.status === 'running') {
      take({ ...status.load, status: 'failed', failure: engine.failure });
    }
  });

  return Object.assign(store, {
    restore(load: LoadState | null): void {
      store.setState({ status: load ? { kind: 'known', load, rates: [] } : { kind: 'none' } });
    },
    /** @param threads reader threads; 0 = as many as the engine thinks right */
    async start(threads: number): Promise<void> {
      store.setState({ status: { kind: 'starting' } });
      try {
        take(await client.call('load.start', { threads }));
      } catch (error) {
        const { status } = store.getState();
        const failure = toFailure(error);
        if (status.kind === 'known') take({ ...status.load, status: 'failed', failure });
        else store.setState({ status: { kind: 'refused', failure } });
      }
    },
    async cancel(): Promise<void> {
      try {
        await client.call('load.cancel', {});
      } catch (error) {
        store.setState({ status: { kind: 'refused', failure: toFailure(error) } });
      }
    },
  });
}
export type LoadStore = ReturnType<typeof createLoadStore>;

export function isLoading({ status }: LoadStoreState): boolean {
  return status.kind === 'starting' || (status.kind === 'known' && status.load.status === 'running');
}

/** Rate since the sample before; halves the series when it is full, so that it never grows past maxSamples. */
export function addSample(
  rates: readonly RateSample[],
  before: LoadState | null,
  now: LoadState,
): readonly RateSample[] {
  const bytes = now.bytesRead - (before?.bytesRead ?? 0);
  const micros = now.micros - (before?.micros ?? 0);
  if (micros <= 0 || bytes < 0) return rates;
  const kept = rates.length >= maxSamples ? rates.filter((_, index) => index % 2 === 1) : rates;
  return [...kept, { micros: now.micros, bytesPerSecond: (bytes / micros) * 1e6 }];
}
