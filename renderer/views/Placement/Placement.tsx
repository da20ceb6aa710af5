import { useEffect } from 'react';
import type { Placement as PlacementOfRanks } from '../../../electron/common/contract.ts';
import { type PlacementModel, samePlacement } from '../../stores/placementStore.ts';
import { shownParallel } from '../../stores/planStore.ts';
import { whyNotBuilt } from '../../stores/rankBytes.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { CompareBar, comparedName } from './CompareBar.tsx';
import { ExpertsPanel } from './ExpertsPanel.tsx';
import { kindOf, LayerStrip } from './LayerStrip.tsx';
import { MovesTable } from './MovesTable.tsx';
import { PlacementSummary } from './PlacementSummary.tsx';
import { RankPresets } from './RankPresets.tsx';
import { RankTable } from './RankTable.tsx';

/** Which rank holds which expert, what every rank has to keep, and what another set-up would change. */
export function Placement({ stores, checkpoint }: ViewProps) {
  const parallel = useStoreValue(stores.plan, shownParallel);
  const state = useStoreValue(stores.placement, (value) => value);
  const { model, layer, placement, compareWith, comparison, failure } = state;
  const synced = useStoreValue(stores.engine, (engine) => engine.synced);
  useEffect(() => {
    if (synced) void stores.placement.show(checkpoint.id, parallel, { model, compareWith });
  }, [stores, checkpoint, parallel, model, compareWith, synced]);
  const settled = placement !== null && samePlacement(placement.parallel, parallel);
  const beside = placement && comparison ? comparedName(placement, compareWith) : null;
  const bothBuilt =
    placement && comparison && [placement, comparison.placement].every((one) => whyNotBuilt(one, model) === null);
  const moves = bothBuilt ? comparison.moves : null;
  const chosen = placement?.layers.find((one) => one.layer === layer) ?? null;
  // A layer of the target is loaded by the target's loader, whatever the bars below count.
  const loader: PlacementModel = chosen === null ? model : chosen.isMtp ? 'drafter' : 'target';
  return (
    <div className="scroll placement" aria-busy={!settled && failure === null}>
      <RankPresets stores={stores} />
      {failure && <FailureBox failure={failure} testId="placement-failure" />}
      {placement === null ? (
        failure === null && <EmptyState icon="placement" title="Placing the experts on every rank …" />
      ) : (
        <>
          <PlacementSummary stores={stores} placement={placement} model={model} />
          <LayerStrip stores={stores} layers={placement.layers} />
          {chosen !== null && !chosen.hasExperts ? (
            <Panel title={titleOf(chosen)}>
              <EmptyState icon="placement" title={`Layer ${chosen.layer} is dense: it has no experts to place.`}>
                <p>Its MLP is cut across the tensor-parallel ranks; every data-parallel rank holds it again.</p>
              </EmptyState>
            </Panel>
          ) : (
            <div className={beside === null ? 'alone' : 'sideBySide'}>
              <ExpertsPanel
                title={titleOf(chosen)}
                aside={chosen ? `marks are about the ${loader}’s loader` : undefined}
                stores={stores}
                placement={placement}
                model={loader}
                moves={null}
                lookedAt={parallel.rank}
                testId="placement-grid"
              />
              {comparison !== null && beside !== null && (
                <ExpertsPanel
                  title={`With ${beside}`}
                  stores={stores}
                  placement={comparison.placement}
                  model={loader}
                  moves={moves}
                  lookedAt={-1}
                  testId="compared-grid"
                />
              )}
            </div>
          )}
          <CompareBar
            stores={stores}
            placement={placement}
            comparison={comparison}
            compareWith={compareWith}
            model={model}
          />
          {moves !== null && beside !== null && <MovesTable stores={stores} moves={moves} />}
          <RankTable stores={stores} placement={placement} model={model} lookedAt={parallel.rank} />
        </>
      )}
    </div>
  );
}

function titleOf(layer: PlacementOfRanks['layers'][number] | null): string {
  return layer === null ? 'Experts of every MoE layer, by rank' : `Layer ${layer.layer} (${kindOf(layer)}), by rank`;
}
