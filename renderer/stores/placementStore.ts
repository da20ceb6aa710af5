/** All ranks of the set-up on screen, and of another one that it is compared with. */
import { createStore } from 'zustand/vanilla';
import type { Moves, Placement } from '../../electron/common/contract.ts';
import type { ParallelConfig } from '../../electron/common/domain.ts';
import { type Failure, toFailure } from '../../electron/common/failure.ts';
import type { EngineClient } from '../engineClient.ts';

export type PlacementModel = 'drafter' | 'target';

export interface Comparison {
  readonly placement: Placement;
  /** From the set-up on screen to the other one. */
  readonly moves: Moves;
}

/** Lifetime: one checkpoint. */
export interface PlacementState {
  readonly model: PlacementModel;
  /** Number of the layer that the grid is about; null = all together. */
  readonly layer: number | null;
  /** Of the set-up that was asked for last and answered; null until then. */
  readonly placement: Placement | null;
  /** What is changed in the set-up that is laid beside; null = nothing is. */
  readonly compareWith: Partial<ParallelConfig> | null;
  readonly comparison: Comparison | null;
  readonly failure: Failure | null;
}

const fresh = { layer: null, placement: null, compareWith: null, comparison: null, failure: null };

/** Whether two set-ups place everything alike; which rank is looked at makes no difference. */
export function samePlacement(a: ParallelConfig, b: ParallelConfig): boolean {
  const keys = Object.keys(a) as (keyof ParallelConfig)[];
  return keys.every((key) => key === 'rank' || a[key] === b[key]);
}

export function createPlacementStore(client: EngineClient) {
  const store = createStore<PlacementState>(() => ({ ...fresh, model: 'drafter' }));
  let latest = 0;
  let asked: string | null = null;
  client.on('checkpoint.opened', () => {
    latest += 1;
    asked = null;
    store.setState(fresh);
  });

  return Object.assign(store, {
    /** Makes the store hold this set-up and its comparison; what it holds already is not asked for again. */
    async show(
      checkpointId: number,
      parallel: ParallelConfig,
      { compareWith, model }: Pick<PlacementState, 'compareWith' | 'model'>,
    ): Promise<void> {
      const base = { ...parallel, rank: 0 };
      const question = JSON.stringify([checkpointId, base, compareWith, model]);
      if (question === asked) return;
      asked = question;
      latest += 1;
      const turn = latest;
      try {
        const placement = await client.call('placement.make', { parallel: base });
        const comparison = compareWith === null ? null : await compare(base, compareWith, model);
        if (turn === latest) store.setState({ placement, comparison, failure: null });
      } catch (error) {
        if (turn !== latest) return;
        asked = null;
        store.setState({ comparison: null, failure: toFailure(error) });
      }
    },
    chooseLayer: (layer: number | null) => store.setState({ layer }),
    setModel: (model: PlacementModel) => store.setState({ model }),
    compareWith: (compareWith: Partial<ParallelConfig> | null) =>
      store.setState(compareWith === null ? { compareWith, comparison: null } : { compareWith }),
  });

  async function compare(
    from: ParallelConfig,
    change: Partial<ParallelConfig>,
    model: PlacementModel,
  ): Promise<Comparison> {
    const to = { ...from, ...change };
    const placement = await client.call('placement.make', { parallel: to });
    return { placement, moves: await client.call('placement.compare', { from, to, model }) };
  }
}
