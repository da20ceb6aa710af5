import { createStore } from 'zustand/vanilla';
import type { EngineClient } from '../engineClient.ts';
import { noFilter, type TensorFilter } from './tensorFilter.ts';

/** Lifetime: one checkpoint. What the user is looking for among its tensors. */
export interface MappingState {
  readonly filter: TensorFilter;
}

export function createMappingStore(client: EngineClient) {
  const store = createStore<MappingState>(() => ({ filter: noFilter }));
  client.on('checkpoint.opened', () => store.setState({ filter: noFilter }));
  return Object.assign(store, {
    narrow: (patch: Partial<TensorFilter>) => store.setState(({ filter }) => ({ filter: { ...filter, ...patch } })),
    clear: () => store.setState({ filter: noFilter }),
  });
}

export type MappingStore = ReturnType<typeof createMappingStore>;
