import { createStore } from 'zustand/vanilla';
import type { Checkpoint, RecentCheckpoint } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type CheckpointStatus =
  | { readonly kind: 'none' }
  | { readonly kind: 'opening'; readonly folder: string; readonly files: number; readonly filesRead: number }
  | { readonly kind: 'open'; readonly checkpoint: Checkpoint }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      /** Name of the checkpoint that the engine holds all the same; null = none, or not known yet. */
      readonly kept: string | null;
    };

/** Lifetime: one open checkpoint. */
export interface CheckpointState {
  readonly status: CheckpointStatus;
  readonly recent: readonly RecentCheckpoint[];
}

export function createCheckpointStore(client: EngineClient) {
  const store = createStore<CheckpointState>(() => ({ status: { kind: 'none' }, recent: [] }));

  async function readRecent(): Promise<void> {
    try {
      store.setState({ recent: await client.bridge.recent() });
    } catch {
      // The list is a convenience: without it every folder can still be opened.
      store.setState({ recent: [] });
    }
  }

  /** A failure may come before or after the engine let go of what was open: it alone knows. */
  function fail(failure: Failure): void {
    const failed = { kind: 'failed', failure, kept: null } as const;
    store.setState({ status: failed });
    void readRecent();
    void client.call('session.state', {}).then(
      ({ checkpoint }) => {
        if (checkpoint !== null && store.getState().status === failed)
          store.setState({ status: { ...failed, kept: checkpoint.name } });
      },
      // Without an engine there is nothing to go back to, and the window says that it stopped.
      () => undefined,
    );
  }

  client.on('checkpoint.opening', (progress) => store.setState({ status: { kind: 'opening', ...progress } }));
  client.on('checkpoint.opened', (checkpoint) => {
    store.setState({ status: { kind: 'open', checkpoint } });
    void readRecent();
  });
  client.on('checkpoint.failed', fail);
  client.onEngineStatus((engine) => {
    // Opening ends with the engine; what was open stays on screen until the next engine says what it holds.
    if (engine.status === 'stopped' && store.getState().status.kind === 'opening') {
      store.setState({ status: { kind: 'failed', failure: engine.failure, kept: null } });
    }
  });

  async function ask(request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      fail(toFailure(error));
    }
  }

  return Object.assign(store, {
    readRecent,
    openDialog: () => ask(() => client.bridge.openDialog()),
    openDropped: (file: { readonly name: string }) => ask(() => client.bridge.openDropped(file)),
    openRecent: (folder: string) => ask(() => client.bridge.openRecent(folder)),
    async forgetRecent(folder: string): Promise<void> {
      await client.bridge.forgetRecent(folder).catch(() => undefined);
      await readRecent();
    },
    openDemo: () => ask(() => client.bridge.openDemo()),
    reopen: () => ask(() => client.bridge.reopen()),
    /** What the engine holds after a (re)connection. */
    restore(checkpoint: Checkpoint | null): void {
      store.setState({ status: checkpoint ? { kind: 'open', checkpoint } : { kind: 'none' } });
    },
  });
}

export type CheckpointStore = ReturnType<typeof createCheckpointStore>;

export function openCheckpoint(state: CheckpointState): Checkpoint | null {
  return state.status.kind === 'open' ? state.status.checkpoint : null;
}
