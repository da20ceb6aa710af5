import { useMemo } from 'react';
import { openCheckpoint } from '../stores/checkpointStore.ts';
import type { Stores } from '../stores/createStores.ts';
import { type Facets, facetsOf, noFacets } from '../stores/facets.ts';
import { shownPlan } from '../stores/planStore.ts';
import { useStoreValue } from '../widgets/useStoreValue.ts';

/** What the selection means for this view: its tensor, parameter, expert, rank, file, layer; see facets.ts. */
export function useFacets(stores: Stores): Facets {
  const selection = useStoreValue(stores.selection, (state) => state.selection);
  const checkpoint = useStoreValue(stores.checkpoint, openCheckpoint);
  const plan = useStoreValue(stores.plan, shownPlan);
  return useMemo(
    () => (checkpoint && plan ? facetsOf(selection, checkpoint, plan) : noFacets),
    [selection, checkpoint, plan],
  );
}
