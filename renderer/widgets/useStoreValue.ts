import { useSyncExternalStore } from 'react';

interface ReadableStore<S> {
  getState(): S;
  subscribe(listener: () => void): () => void;
}

/** A value of a store that lives outside React. The selector must return the same object while nothing changed. */
export function useStoreValue<S, V>(store: ReadableStore<S>, select: (state: S) => V): V {
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
