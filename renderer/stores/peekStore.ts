/** Which token the pointer is on. A store of its own: pointing must not draw the whole view again. */
import { createStore } from 'zustand/vanilla';

export interface ChosenToken {
  readonly step: number;
  /** Draft position, from 0; the number of accepted drafts for the target's token. */
  readonly position: number;
}

export interface PeekedToken extends ChosenToken {
  /** The target's own token, which can share its position with the draft it replaced. */
  readonly isTargets: boolean;
}

/** The token pointed at. */
export function createPeekStore() {
  const store = createStore<{ readonly token: PeekedToken | null }>(() => ({ token: null }));
  return Object.assign(store, {
    set: (token: PeekedToken | null) => {
      const before = store.getState().token;
      const same =
        before?.step === token?.step && before?.position === token?.position && before?.isTargets === token?.isTargets;
      if (!same) store.setState({ token });
    },
  });
}

export type PeekStore = ReturnType<typeof createPeekStore>;
