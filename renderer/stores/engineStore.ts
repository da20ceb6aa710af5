import { createStore } from 'zustand/vanilla';
import type { BackendInfo, DeviceState, EngineStatus } from '../../electron/common/contract.ts';
import type { DeviceChoice } from '../../electron/common/domain.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one engine process. */
export interface EngineState {
  readonly engine: EngineStatus;
  /** True once the engine has said what it holds; everything shown is then the engine's own state. */
  readonly synced: boolean;
  readonly pending: number;
  readonly device: DeviceState;
  /** Why the device that was chosen last is not in force; null = it is. */
  readonly deviceFailure: Failure | null;
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
    device: { backends: [], choice: { kind: 'cpu' }, active: null },
    deviceFailure: null,
    version: '',
    protocolFailure: null,
    restartFailure: null,
  }));
  client.onEngineStatus((engine) => {
    store.setState(engine.status === 'running' ? { engine, restartFailure: null } : { engine, synced: false });
  });
  client.onPending(() => store.setState({ pending: client.pending() }));
  client.onRefused((protocolFailure) => store.setState({ protocolFailure }));
  return Object.assign(store, {
    /** Chooses the device of the next load or decode. */
    async chooseDevice(choice: DeviceChoice): Promise<void> {
      try {
        store.setState({ device: await client.call('device.choose', { choice }), deviceFailure: null });
      } catch (error) {
        store.setState({ deviceFailure: toFailure(error) });
      }
    },
  });
}

export type EngineStore = ReturnType<typeof createEngineStore>;

/** The device of the next load or decode; null when it can't be used. */
export function activeBackend({ device }: EngineState): BackendInfo | null {
  return device.backends.find(({ id }) => id === device.active) ?? null;
}
