import { useEffect } from 'react';
import { samePlacement } from '../../stores/placementStore.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { ComparePanel } from './ComparePanel.tsx';
import { ExpertsPanel } from './ExpertsPanel.tsx';
import { PlacementSummary } from './PlacementSummary.tsx';
import { RankPresets } from './RankPresets.tsx';
import { RankTable } from './RankTable.tsx';

/** Which rank holds which expert, what every rank has to keep, and what another set-up would change. */
export function Placement({ stores, checkpoint, theme }: ViewProps) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const { model, placement, compareWith, comparison, failure } = useStoreValue(stores.placement, (state) => state);
  const synced = useStoreValue(stores.engine, (state) => state.synced);
  // biome-ignore lint/correctness/useExhaustiveDependencies: model and compareWith are part of what the store asks for
  useEffect(() => {
    if (synced) void stores.placement.show(checkpoint.id, parallel);
  }, [stores, checkpoint, parallel, model, compareWith, synced]);
  const settled = placement !== null && samePlacement(placement.parallel, parallel);
  return (
    <div className="scroll placement" aria-busy={!settled && failure === null}>
      <RankPresets stores={stores} />
      {failure && <FailureBox failure={failure} testId="placement-failure" />}
      {placement === null ? (
        failure === null && <EmptyState icon="placement" title="Placing the experts on every rank …" />
      ) : (
        <>
          <PlacementSummary stores={stores} placement={placement} model={model} />
          <ExpertsPanel
            title={placement.useExpertParallel ? 'Experts of one MoE layer, by rank' : 'Experts of one MoE layer'}
            stores={stores}
            placement={placement}
            model={model}
            moves={null}
            lookedAt={parallel.rank}
            theme={theme}
            testId="placement-grid"
          />
          <ComparePanel
            stores={stores}
            placement={placement}
            comparison={comparison}
            compareWith={compareWith}
            model={model}
            theme={theme}
          />
          <RankTable stores={stores} placement={placement} model={model} lookedAt={parallel.rank} />
        </>
      )}
    </div>
  );
}
