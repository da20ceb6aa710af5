/** Which reads a load made and how far its parameters are filled: more than the totals, told in pieces. */
import { createStore } from 'zustand/vanilla';
import type { LoadParameters, LoadReads } from '../../electron/common/contract.ts';
import type { EngineClient } from '../engineClient.ts';

/** Lifetime: one load. */
export interface LoadDetailState {
  /** Of the load that is told about; -1 = none yet. */
  readonly run: number;
  /** In the order in which they came. */
  readonly pieces: readonly LoadReads[];
  readonly parameters: LoadParameters | null;
  /** Bytes filled of each parameter. */
  readonly filled: Float64Array;
}

const fresh: LoadDetailState = { run: -1, pieces: [], parameters: null, filled: new Float64Array() };

export function createLoadDetailStore(client: EngineClient) {
  const store = createStore<LoadDetailState>(() => fresh);

  async function askParameters(run: number): Promise<void> {
    try {
      const parameters = await client.call('load.parameters', {});
      if (parameters?.run === run && store.getState().run === run) store.setState({ parameters });
    } catch {
      // The totals are told all the same; the map of parameters stays away.
    }
  }

  client.on('load.reads', (piece) => {
    const { run, pieces } = store.getState();
    if (piece.run < run) return;
    if (piece.run > run) {
      store.setState({ ...fresh, run: piece.run, pieces: [piece], filled: piece.parameterBytes });
      void askParameters(piece.run);
    } else store.setState({ pieces: [...pieces, piece], filled: piece.parameterBytes });
  });
  client.on('checkpoint.opened', () => store.setState(fresh));

  return Object.assign(store, {
    /** For a page that came late: what the engine has told about its load before. */
    async catchUp(run: number): Promise<void> {
      if (store.getState().run >= run) return;
      try {
        const reads = await client.call('load.reads', {});
        if (reads === null || reads.run !== run || store.getState().run >= run) return;
        store.setState({ ...fresh, run, pieces: [reads], filled: reads.parameterBytes });
        await askParameters(run);
      } catch {
        // As above.
      }
    },
  });
}

/** Layer (or model part) that a loaded parameter belongs to: "target/layers.3", "mtp/layers.61", "target/embed_tokens". */
export function moduleOfParameter(name: string): string {
  const [, model = '', rest = name] = /^(target|mtp)\/(?:model\.)?(.*)$/.exec(name) ?? [];
  const layer = /^layers\.\d+/.exec(rest)?.[0];
  return `${model}/${layer ?? rest.split('.')[0] ?? ''}`;
}

export type LoadDetailStore = ReturnType<typeof createLoadDetailStore>;
