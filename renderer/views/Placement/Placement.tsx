import { useMemo } from 'react';
import { formatBytes, formatBytesExact, formatCountOf, formatNumber } from '../../format.ts';
import { imbalance } from '../../stores/planStore.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { HeatGrid } from '../../widgets/HeatGrid.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Panel } from '../../widgets/Panel.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import type { ViewProps } from '../viewProps.ts';
import { ExpertMap } from './ExpertMap.tsx';
import { describeCell, listRanges, type PlacementRows, placementRows } from './placementGrid.ts';
import { RankPresets } from './RankPresets.tsx';

/** Which rank holds which expert, and what every rank has to keep. */
export function Placement({ stores, plan, theme }: ViewProps) {
  const rows = useMemo(() => placementRows(plan), [plan]);
  const selection = useStoreValue(stores.selection, (state) => state.selection);
  const { placement } = plan;
  const selected = selection.kind === 'expert' ? { row: selection.rank, column: selection.expert } : null;
  return (
    <div className="scroll placement">
      <RankPresets stores={stores} />
      {placement.notes.length > 0 && (
        <ul className="notes" data-testid="placement-notes">
          {placement.notes.map((note) => (
            <li key={note}>
              <Icon name="note" />
              {note}
            </li>
          ))}
        </ul>
      )}
      <Panel
        title={`Experts of one MoE layer, by ${placement.useExpertParallel ? 'expert-parallel ' : ''}rank`}
        aside={<Legend slices={rows.slices} rank={rows.lookedAt} />}
      >
        {placement.numPhysicalExperts === 0 ? (
          <EmptyState icon="placement" title="This model has no routed experts, so there is nothing to place." />
        ) : (
          <HeatGrid
            label="Experts by rank"
            testId="placement-grid"
            filled={rows.filled}
            slices={rows.slices}
            columns={placement.numPhysicalExperts}
            rowName={(row) => `rank ${row}`}
            columnTitle="expert"
            describe={(cell) => describeCell(rows, cell.row, cell.column)}
            emphasised={rows.lookedAt}
            selected={selected}
            onSelect={(cell) => stores.selection.select({ kind: 'expert', expert: cell.column, rank: cell.row })}
            themeKey={theme}
          />
        )}
        <p className="gridCaption">
          {captionOf(plan, rows)}{' '}
          <span className="mono">{`ep size ${placement.epSize}, MoE tp size ${placement.moeTpSize}`}</span>
        </p>
      </Panel>
      <ExpertMap stores={stores} rows={rows} selected={selected?.column ?? -1} experts={placement.numPhysicalExperts} />
      <BytesOfRanks plan={plan} lookedAt={placement.useExpertParallel ? placement.epRank : 0} />
    </div>
  );
}

function captionOf(plan: ViewProps['plan'], rows: PlacementRows): string {
  const { numPhysicalExperts, policy } = plan.placement;
  const experts = formatCountOf(numPhysicalExperts, 'expert');
  if (rows.slices > 1) {
    return `Expert parallelism is off: every rank holds 1/${rows.slices} of the inner size of all ${experts}.`;
  }
  if (rows.filled.length === 1) return `One rank holds all ${experts}.`;
  return `${experts} on ${formatCountOf(rows.filled.length, 'rank')}, ${policy === 'linear' ? 'linear' : 'round robin'} placement.`;
}

function Legend({ slices, rank }: { slices: number; rank: number }) {
  return (
    <span className="legend">
      <span>
        <span className="swatch fill-loaded" />
        {`held by rank ${rank}`}
      </span>
      {slices === 1 && (
        <span>
          <span className="swatch fill-held" />
          held by another rank
        </span>
      )}
      <span>
        <span className="swatch fill-none" />
        {slices === 1 ? 'not here' : 'other ranks’ slices'}
      </span>
    </span>
  );
}

function BytesOfRanks({ plan, lookedAt }: { plan: ViewProps['plan']; lookedAt: number }) {
  const { bytesOfRank, expertsOfRank, useExpertParallel } = plan.placement;
  const most = Math.max(1, ...bytesOfRank.map(({ experts, rest }) => experts + rest));
  const value = imbalance(bytesOfRank);
  const { tensorParallelSize, dataParallelSize } = plan.parallel;
  const isAlone = tensorParallelSize * dataParallelSize === 1;
  return (
    <Panel
      title={useExpertParallel || isAlone ? 'Drafter bytes per rank' : 'Drafter bytes on each rank'}
      aside={
        <span className="legend">
          <span>
            <span className="swatch fill-loaded" />
            experts
          </span>
          <span>
            <span className="swatch fill-rest" />
            everything else
          </span>
          <span title="Largest rank divided by the mean of all ranks; 1 is even.">
            imbalance{' '}
            <b className="mono" data-testid="imbalance">
              {formatNumber(value)}
            </b>{' '}
            max / mean
          </span>
        </span>
      }
    >
      <div className="rankHead" aria-hidden="true">
        <span />
        <span>experts held</span>
        <span>bytes</span>
        <span className="numeric">experts</span>
        <span className="numeric">the rest</span>
        <span className="numeric">total</span>
      </div>
      <ol className="rankBars" data-testid="rank-bytes">
        {bytesOfRank.map(({ experts, rest }, rank) => (
          <li
            // biome-ignore lint/suspicious/noArrayIndexKey: ranks are numbered
            key={rank}
            className={rank === lookedAt ? 'isLookedAt' : undefined}
            title={`experts ${formatBytesExact(experts)}, everything else ${formatBytesExact(rest)}`}
          >
            <span className="mono rankName">{useExpertParallel || isAlone ? `rank ${rank}` : 'each'}</span>
            <span className="mono rankHeld" title={(expertsOfRank[rank] ?? []).join(', ')}>
              {listRanges(expertsOfRank[rank] ?? [])}
            </span>
            <span className="rankTrack">
              <span className="fill-loaded" style={{ width: `${(100 * experts) / most}%` }} />
              <span className="fill-rest" style={{ width: `${(100 * rest) / most}%` }} />
            </span>
            <span className="mono numeric">{formatBytes(experts)}</span>
            <span className="mono numeric muted">{formatBytes(rest)}</span>
            <span className="mono numeric">{formatBytes(experts + rest)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
