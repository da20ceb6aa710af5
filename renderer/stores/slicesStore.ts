/** What every rank does with the tensor that is looked at. */
import { createStore } from 'zustand/vanilla';
import type { TensorSlices } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one tensor under one plan. */
export interface SlicesState {
  readonly slices: TensorSlices | null;
  readonly failure: Failure | null;
}

export function createSlicesStore(client: EngineClient) {
  const store = createStore<SlicesState>(() => ({ slices: null, failure: null }));
  let latest = 0;
  client.on('checkpoint.opened', () => {
    latest += 1;
    store.setState({ slices: null, failure: null });
  });
  return Object.assign(store, {
    /** What was told before stays until the answer is there, so that nothing flickers. */
    async ask(tensor: number): Promise<void> {
      latest += 1;
      const turn = latest;
      try {
        const slices = await client.call('tensor.slices', { tensor });
        if (turn === latest) store.setState({ slices, failure: null });
      } catch (error) {
        if (turn === latest) store.setState({ slices: null, failure: toFailure(error) });
      }
    },
  });
}
