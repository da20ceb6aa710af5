import { useCallback, useMemo } from 'react';
import type { Moves, Placement } from '../../../electron/common/contract.ts';
import { formatCountOf } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { PlacementModel } from '../../stores/placementStore.ts';
import { CellGrid } from '../../widgets/CellGrid.tsx';
import { cellGridSvg } from '../../widgets/cellGridSvg.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { MarkKey } from '../../widgets/MarkKey.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { SaveButton } from '../../widgets/SaveButton.tsx';
import { useColours } from '../../widgets/useColours.ts';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { useWindowHeight } from '../../widgets/useWindowHeight.ts';
import { useOffer } from '../useOffer.ts';
import { CountTable } from './CountTable.tsx';
import { HeatBar } from './HeatBar.tsx';
import { columnCount, describePlacementCell, placementCells, tellPlacementRow } from './placementCells.ts';
import { type ExpertCounts, expertCounts, withHeat } from './routingHeat.ts';

const offerTitle = 'Save the grid of experts as a drawing (SVG)…';
const rowName = (row: number) => `rank ${row}`;

/** Ranks by experts: held, a copy, wrong; with moves, what each rank would have to receive is outlined. */
export function ExpertsPanel(props: {
  title: string;
  stores: Stores;
  placement: Placement;
  /** Whose loader the marks are about. */
  model: PlacementModel;
  moves: Moves | null;
  /** -1 = none of these rows is the rank that is looked at. */
  lookedAt: number;
  aside?: string;
  testId: string;
}) {
  const { stores, placement, model, moves, lookedAt } = props;
  const { routing, heat } = useStoreValue(stores.routing, (state) => state);
  const layer = useStoreValue(stores.placement, (state) => state.layer);
  const held = useMemo(() => placementCells(placement, model, moves), [placement, model, moves]);
  const counts = useMemo(
    () => (routing && lookedAt >= 0 ? expertCounts(routing, layer) : null),
    [routing, layer, lookedAt],
  );
  const hot = heat && lookedAt >= 0 ? counts : null;
  const rows = useMemo(() => (hot ? withHeat(held, placement, hot) : held), [held, placement, hot]);
  const selection = useStoreValue(stores.selection, (state) => state.selection);
  const selected = useMemo(
    () => (lookedAt >= 0 && selection.kind === 'expert' ? { row: selection.rank, column: selection.expert } : null),
    [lookedAt, selection],
  );
  const tellRow = useCallback((rank: number) => tellPlacementRow(placement, model, rank), [placement, model]);
  // Half of the view is for a grid: on a large screen all ranks of a big set-up fit.
  const gridRoom = Math.max(320, Math.round(useWindowHeight() / 2));
  const colours = useColours();
  const slices = Math.max(1, placement.moeTpSize);
  const columns = columnCount(placement);
  const hasCopies = placement.numPhysicalExperts > placement.numLogicalExperts;
  const drawn = { rows, columns, slices, rowName, columnTitle: 'expert', emphasised: lookedAt };
  const saveDrawing = () => stores.exports.drawing('experts', cellGridSvg(props.title, drawn, colours));
  useOffer(
    stores,
    lookedAt >= 0 ? offerTitle : `${offerTitle.slice(0, -1)}, of the set-up compared with…`,
    saveDrawing,
  );
  const aside = (
    <span className="saveButtons">
      {props.aside && <span className="muted">{props.aside}</span>}
      <SaveButton label="SVG…" title="The whole grid as a drawing" save={saveDrawing} />
      {lookedAt >= 0 && (
        <SaveButton
          label="CSV…"
          title="Every held expert: rank, row, what it is, what the loaders put there"
          save={stores.exports.placementCells}
        />
      )}
    </span>
  );
  return (
    <Panel title={props.title} aside={columns > 0 && aside}>
      {columns === 0 ? (
        <EmptyState icon="placement" title="This model has no routed experts, so there is nothing to place." />
      ) : (
        <>
          {lookedAt >= 0 && <HeatBar stores={stores} placement={placement} counts={counts} layer={layer} />}
          <p className="legend gridLegend">
            {lookedAt >= 0 && !hot && <MarkKey mark="own" text={`rank ${lookedAt}`} />}
            {!hot && <MarkKey mark="plain" text={slices > 1 ? 'a slice' : 'held'} />}
            {hasCopies && <MarkKey mark="copy" text="copy" />}
            {placement.mismatches[model].length > 0 && <MarkKey mark="wrong" text="routed to, never loaded" />}
            {moves && <MarkKey mark="outline" text="moved here" />}
          </p>
          <CellGrid
            label={moves ? 'Experts by rank, compared' : 'Experts by rank'}
            testId={props.testId}
            {...drawn}
            describe={(cell) =>
              `${describePlacementCell(placement, model, cell.row, cell.column)}${hot ? sentText(placement, hot, cell.column) : ''}`
            }
            tellRow={tellRow}
            selected={selected}
            maxHeight={gridRoom}
            onSelect={(cell) => {
              if (lookedAt >= 0) stores.selection.select({ kind: 'expert', expert: cell.column, rank: cell.row });
            }}
          />
          {hot && <CountTable placement={placement} counts={hot} />}
        </>
      )}
      <p className="gridCaption">{captionOf(placement)}</p>
    </Panel>
  );
}

/** "; chosen 12 times by the last run" */
function sentText(placement: Placement, counts: ExpertCounts, physical: number): string {
  const sent = counts.of[placement.physicalToLogical[physical] ?? -1];
  return sent === undefined ? '' : `; chosen ${formatCountOf(sent, 'time')} by the last run`;
}

function captionOf(placement: Placement): string {
  const { numLogicalExperts, numPhysicalExperts, numRanks, moeTpSize, useExpertParallel } = placement;
  const copies = numPhysicalExperts - numLogicalExperts;
  const experts = `${formatCountOf(numLogicalExperts, 'expert')}${copies > 0 ? ` and ${formatCountOf(copies, 'copy', 'copies')}` : ''}`;
  if (numRanks === 1) return `One rank holds all ${experts}.`;
  if (!useExpertParallel)
    return `Expert parallelism is off: every rank holds 1/${moeTpSize} of the inner size of all ${experts}.`;
  return `${experts} on ${formatCountOf(numRanks, 'rank')}; each layer alike.`;
}
