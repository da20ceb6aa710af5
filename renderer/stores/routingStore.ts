/** How often the last decode sent a token to each expert. */
import { createStore } from 'zustand/vanilla';
import type { Routing } from '../../electron/common/contract.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one checkpoint; the counts are those of the last run. */
export interface RoutingState {
  readonly routing: Routing | null;
  /** Whether the grid of experts shows the counts. */
  readonly heat: boolean;
}

export function createRoutingStore(client: EngineClient) {
  const store = createStore<RoutingState>(() => ({ routing: null, heat: false }));
  client.on('checkpoint.opened', () => store.setState({ routing: null }));
  client.on('decode.started', () => store.setState({ routing: null }));
  client.on('decode.routing', (routing) => store.setState({ routing }));
  return Object.assign(store, {
    showHeat: (heat: boolean) => store.setState({ heat }),
  });
}
