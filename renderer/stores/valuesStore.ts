/** How far the look at the values of the open checkpoint has come. */
import { createStore } from 'zustand/vanilla';
import type { EventPayload } from '../../electron/common/contract.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one checkpoint. */
export interface ValuesState {
  /** While values are being read; null before and after. */
  readonly reading: EventPayload<'values.progress'> | null;
}

export function createValuesStore(client: EngineClient) {
  const store = createStore<ValuesState>(() => ({ reading: null }));
  client.on('checkpoint.opened', () => store.setState({ reading: null }));
  client.on('values.progress', (progress) =>
    store.setState({ reading: progress.status === 'reading' ? progress : null }),
  );
  client.onEngineStatus((engine) => {
    if (engine.status === 'stopped') store.setState({ reading: null });
  });
  return store;
}

export type ValuesStore = ReturnType<typeof createValuesStore>;
