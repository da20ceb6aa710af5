/** The values of one tensor, read on demand. */
import { createStore } from 'zustand/vanilla';
import type { TensorValues } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type Inspection =
  | { readonly kind: 'none' }
  | { readonly kind: 'reading'; readonly tensor: number }
  | { readonly kind: 'read'; readonly tensor: number; readonly values: TensorValues }
  | { readonly kind: 'failed'; readonly tensor: number; readonly failure: Failure };

/** Lifetime: one checkpoint. */
export interface InspectState {
  readonly inspection: Inspection;
}

const shownValues = 64;

export function createInspectStore(client: EngineClient) {
  const store = createStore<InspectState>(() => ({ inspection: { kind: 'none' } }));
  let latest = 0;
  client.on('checkpoint.opened', () => {
    latest += 1;
    store.setState({ inspection: { kind: 'none' } });
  });
  return Object.assign(store, {
    async read(tensor: number): Promise<void> {
      latest += 1;
      const turn = latest;
      store.setState({ inspection: { kind: 'reading', tensor } });
      try {
        const values = await client.call('tensor.inspect', { tensor, maxValues: shownValues });
        if (turn === latest) store.setState({ inspection: { kind: 'read', tensor, values } });
      } catch (error) {
        if (turn === latest) store.setState({ inspection: { kind: 'failed', tensor, failure: toFailure(error) } });
      }
    },
  });
}
