import { createStore } from 'zustand/vanilla';
import type { BackendInfo, EngineStatus } from '../../electron/common/contract.ts';
import type { Failure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one engine process. */
export interface EngineState {
  readonly engine: EngineStatus;
  /** True once the engine has said what it holds; everything shown is then the engine's own state. */
  readonly synced: boolean;
  readonly pending: number;
  readonly backends: readonly BackendInfo[];
  readonly version: string;
  /** The last message that was refused, or the failure to read the engine's state. */
  readonly protocolFailure: Failure | null;
  /** Why the last restart did not work. */
  readonly restartFailure: Failure | null;
}

export function createEngineStore(client: EngineClient) {
  const store = createStore<EngineState>(() => ({
    engine: { status: 'starting' },
    synced: false,
    pending: client.pending(),
    backends: [],
    version: '',
    protocolFailure: null,
    restartFailure: null,
  }));
  client.onEngineStatus((engine) => {
    store.setState(engine.status === 'running' ? { engine, restartFailure: null } : { engine, synced: false });
  });
  client.onPending(() => store.setState({ pending: client.pending() }));
  client.onRefused((protocolFailure) => store.setState({ protocolFailure }));
  return store;
}

export type EngineStore = ReturnType<typeof createEngineStore>;

/** The backend that does the work: CUDA where it can be used, else the CPU. */
export function activeBackend(state: EngineState): BackendInfo | null {
  return (
    state.backends.find((backend) => backend.kind === 'cuda' && backend.available) ??
    state.backends.find((backend) => backend.available) ??
    null
  );
}
