/**
 * The one thing that the window is about at the moment. Every view shows it where it can (see facets.ts for what it
 * means elsewhere), the selection pane tells its story. Numbers are those of the open checkpoint and the plan on screen;
 * across plans and in links things go by name (targets.ts).
 */
import { createStore } from 'zustand/vanilla';
import type { Story } from '../../electron/common/contract.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type Selection =
  | { readonly kind: 'none' }
  | { readonly kind: 'tensor'; readonly tensor: number; readonly story: Story | null; readonly failure: Failure | null }
  /** Index into the parameters of the plan. */
  | { readonly kind: 'parameter'; readonly parameter: number }
  /** Physical expert, as one rank sees it. */
  | { readonly kind: 'expert'; readonly expert: number; readonly rank: number }
  | { readonly kind: 'rank'; readonly rank: number }
  /** Index into the files of the checkpoint. */
  | { readonly kind: 'file'; readonly file: number }
  /** Index into the findings of the plan. */
  | { readonly kind: 'finding'; readonly finding: number }
  | { readonly kind: 'configKey'; readonly key: string }
  /** Step of the run on screen; position within its drafts. */
  | { readonly kind: 'step'; readonly step: number; readonly position: number };

/** Lifetime: one plan or run. */
export interface SelectionState {
  readonly selection: Selection;
}

export function createSelectionStore(client: EngineClient) {
  const store = createStore<SelectionState>(() => ({ selection: { kind: 'none' } }));
  let latest = 0;

  function set(selection: Selection): void {
    latest += 1;
    store.setState({ selection });
  }

  /** Selects a tensor and asks the engine for its story. */
  async function explain(tensor: number): Promise<void> {
    const { selection } = store.getState();
    // The story before stays while the next is fetched, so that the pane does not flicker.
    const shown = selection.kind === 'tensor' ? selection.story : null;
    set({ kind: 'tensor', tensor, story: shown, failure: null });
    const turn = latest;
    try {
      const story = await client.call('tensor.explain', { tensor });
      if (turn === latest) set({ kind: 'tensor', tensor, story, failure: null });
    } catch (error) {
      if (turn === latest) set({ kind: 'tensor', tensor, story: null, failure: toFailure(error) });
    }
  }

  client.on('checkpoint.opened', () => set({ kind: 'none' }));
  client.on('decode.started', () => {
    if (store.getState().selection.kind === 'step') set({ kind: 'none' });
  });

  return Object.assign(store, {
    /** Anything but a tensor without its story; that is `explain`. */
    select(selection: Selection): void {
      if (selection.kind === 'tensor' && selection.story === null) void explain(selection.tensor);
      else set(selection);
    },
    explain,
    clear: () => set({ kind: 'none' }),
  });
}

export type SelectionStore = ReturnType<typeof createSelectionStore>;
