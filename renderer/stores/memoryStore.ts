/** What the ranks of the set-up on screen and a run need, against what each device has. */
import { createStore } from 'zustand/vanilla';
import type { MemoryNeed } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one checkpoint. */
export interface MemoryState {
  /** As of the last answer; null until then. */
  readonly need: MemoryNeed | null;
  readonly failure: Failure | null;
}

export function createMemoryStore(client: EngineClient) {
  const store = createStore<MemoryState>(() => ({ need: null, failure: null }));
  let latest = 0;
  client.on('checkpoint.opened', () => {
    latest += 1;
    store.setState({ need: null, failure: null });
  });
  const answer = async (asked: () => Promise<MemoryNeed>): Promise<void> => {
    latest += 1;
    const turn = latest;
    try {
      const need = await asked();
      if (turn === latest) store.setState({ need, failure: null });
    } catch (error) {
      if (turn === latest) store.setState({ failure: toFailure(error) });
    }
  };
  return Object.assign(store, {
    /** Asks for the figures of now; what was told before stays until they are there. */
    ask: () => answer(() => client.call('memory.need', {})),
    /** Has the next load or decode use the target's embedding and head for MTP layers, or their own again. */
    async share(sharesTables: boolean): Promise<void> {
      const before = store.getState().need;
      // The box follows at once; the figures come with the answer.
      store.setState({ need: before && { ...before, sharesTables } });
      await answer(async () => {
        try {
          await client.call('tables.share', { shared: sharesTables });
        } catch (error) {
          store.setState({ need: before });
          throw error;
        }
        return client.call('memory.need', {});
      });
    },
  });
}

/** Bytes that the device may take for a load, and what would fit if the set-up does not; null: nothing is known of it. */
export function fitOf(need: MemoryNeed | null, device: string | null): MemoryNeed['devices'][number] | null {
  return need?.devices.find(({ id }) => id === device) ?? null;
}
