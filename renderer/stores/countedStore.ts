/** What a load counted in the parameter that a tensor went into. */
import { createStore } from 'zustand/vanilla';
import type { ParameterStatistics } from '../../electron/common/contract.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one tensor and one load. */
export interface CountedState {
  /** The tensor that `statistics` is about; -1 = none was asked about. */
  readonly tensor: number;
  /** null: the last load counted nothing of it. */
  readonly statistics: ParameterStatistics | null;
}

export function createCountedStore(client: EngineClient) {
  const store = createStore<CountedState>(() => ({ tensor: -1, statistics: null }));
  return Object.assign(store, {
    async ask(tensor: number): Promise<void> {
      store.setState({ tensor, statistics: null });
      try {
        const statistics = await client.call('load.statistics', { tensor });
        if (store.getState().tensor === tensor) store.setState({ statistics });
      } catch {
        // A detail of the pane: without an answer it stays away.
      }
    },
  });
}
