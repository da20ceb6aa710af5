import { createStore } from 'zustand/vanilla';
import type { Story } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'tensor'; readonly tensor: number; readonly story: Story | null; readonly failure: Failure | null }
  | { readonly kind: 'parameter'; readonly parameter: number }
  | { readonly kind: 'expert'; readonly expert: number; readonly rank: number }
  | { readonly kind: 'step'; readonly step: number; readonly position: number };

/** Lifetime: one plan or run; the one thing that the selection pane is about. */
export interface SelectionState {
  readonly selection: Selection;
}

export function createSelectionStore(client: EngineClient) {
  const store = createStore<SelectionState>(() => ({ selection: { kind: 'none' } }));
  let latest = 0;

  function select(selection: Selection): void {
    latest += 1;
    store.setState({ selection });
  }

  async function explain(tensor: number): Promise<void> {
    const { selection } = store.getState();
    // The story before stays while the next is fetched, so that the pane does not flicker.
    const shown = selection.kind === 'tensor' ? selection.story : null;
    select({ kind: 'tensor', tensor, story: shown, failure: null });
    const turn = latest;
    try {
      const story = await client.call('tensor.explain', { tensor });
      if (turn === latest) select({ kind: 'tensor', tensor, story, failure: null });
    } catch (error) {
      if (turn === latest) select({ kind: 'tensor', tensor, story: null, failure: toFailure(error) });
    }
  }

  client.on('checkpoint.opened', () => select({ kind: 'none' }));
  client.on('decode.started', () => {
    if (store.getState().selection.kind === 'step') select({ kind: 'none' });
  });

  return Object.assign(store, {
    select,
    explain,
    clear: () => select({ kind: 'none' }),
    /** After a new plan: parameters and experts are renumbered, a tensor's story is told anew. */
    refresh(): void {
      const { selection } = store.getState();
      if (selection.kind === 'tensor') void explain(selection.tensor);
      else if (selection.kind === 'parameter' || selection.kind === 'expert') select({ kind: 'none' });
    },
  });
}
