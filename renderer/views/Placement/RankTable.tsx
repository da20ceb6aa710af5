import { useMemo, useState } from 'react';
import type { Placement } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import type { PlacementModel } from '../../stores/placementStore.ts';
import { barKinds, bytesByKind } from '../../stores/rankBytes.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { SaveButton } from '../../widgets/SaveButton.tsx';
import { Segments } from '../../widgets/Segments.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, tableHeight, VirtualTable } from '../../widgets/VirtualTable.tsx';

const models = [
  { value: 'drafter', label: 'drafter' },
  { value: 'target', label: 'target' },
] as const;
const fills = ['fill-part-3', 'fill-part-4', 'fill-part-0', 'fill-part-1', 'fill-part-2', 'fill-part-6'];
const mostRows = 12;

/** Memory of every rank as a bar by kind; by rank, or the fullest first. */
export function RankTable(props: { stores: Stores; placement: Placement; model: PlacementModel; lookedAt: number }) {
  const { stores, placement, model, lookedAt } = props;
  const [byTotal, setByTotal] = useState(false);
  const selectedRank = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'rank' || selection.kind === 'expert' ? selection.rank : -1,
  );
  const { total } = placement[model];
  const order = useMemo(() => {
    const ranks = [...total.keys()];
    return byTotal ? ranks.sort((a, b) => (total[b] ?? 0) - (total[a] ?? 0) || a - b) : ranks;
  }, [total, byTotal]);
  const columns = useMemo<Column[]>(() => {
    const most = total.reduce((a, b) => Math.max(a, b), 1);
    const at = (row: number) => order[row] ?? 0;
    const { start, physical } = placement.slots;
    const held = (rank: number) => physical.subarray(start[rank] ?? 0, start[rank + 1] ?? 0);
    return [
      {
        id: 'rank',
        title: 'rank',
        track: '64px',
        numeric: true,
        cell: (row) => <span className={`mono ${at(row) === lookedAt ? 'isLookedAt' : ''}`}>{`rank ${at(row)}`}</span>,
      },
      {
        id: 'experts',
        title: 'experts held',
        track: 'minmax(72px, 1fr)',
        from: 560,
        cell: (row) => {
          const ranges = listRanges(Array.from(held(at(row))));
          return (
            <span className="mono" title={ranges}>
              {ranges}
            </span>
          );
        },
      },
      {
        id: 'bar',
        title: 'bytes by kind',
        track: 'minmax(160px, 5fr)',
        cell: (row) => {
          const bytes = bytesByKind(placement, model, at(row));
          const told = barKinds.map(({ label }, kind) => `${label}: ${formatBytes(bytes[kind] ?? 0)}`).join('\n');
          return (
            <span className="rankTrack" title={told}>
              {bytes.map((value, kind) => (
                <span
                  key={barKinds[kind]?.label}
                  className={fills[kind]}
                  style={{ width: `${(100 * value) / most}%` }}
                />
              ))}
            </span>
          );
        },
      },
      {
        id: 'routed',
        title: 'experts',
        track: '76px',
        numeric: true,
        from: 480,
        cell: (row) => (
          <span className="mono muted">{formatBytes(bytesByKind(placement, model, at(row))[0] ?? 0)}</span>
        ),
      },
      {
        id: 'total',
        title: 'total',
        track: '80px',
        numeric: true,
        sortable: true,
        cell: (row) => (
          <span className="mono" title={formatBytesExact(total[at(row)] ?? 0)}>
            {formatBytes(total[at(row)] ?? 0)}
          </span>
        ),
      },
    ];
  }, [placement, model, order, total, lookedAt]);
  const used = barKinds.filter((_, kind) => order.some((rank) => (bytesByKind(placement, model, rank)[kind] ?? 0) > 0));
  return (
    <Panel
      title={`Memory per rank (${formatCount(order.length)})`}
      className="panelFlush"
      aside={
        <span className="saveButtons">
          <SaveButton label="CSV…" title="Memory of every rank by kind" save={stores.exports.placement} />
          <SaveButton
            label="JSON…"
            title="Policy, experts and bytes of every rank, and what is never loaded there"
            save={stores.exports.placementJson}
          />
          <Segments
            label="Model"
            labelHidden
            options={models}
            value={model}
            onChange={(value) => stores.placement.setModel(value)}
          />
        </span>
      }
    >
      <p className="legend rankLegend">
        {used.map(({ label }) => (
          <span key={label}>
            <span className={`swatch ${fills[barKinds.findIndex((kind) => kind.label === label)] ?? ''}`} />
            {label}
          </span>
        ))}
      </p>
      <div className="rankTable" style={{ height: tableHeight(order.length, mostRows) }}>
        <VirtualTable
          label="Memory per rank"
          testId="rank-bytes"
          columns={columns}
          rowCount={order.length}
          rowKey={(row) => order[row] ?? row}
          selected={order.indexOf(selectedRank)}
          onSelect={(row) => stores.selection.select({ kind: 'rank', rank: order[row] ?? 0 })}
          sort={byTotal ? { column: 'total', descending: true } : null}
          onSort={() => setByTotal(!byTotal)}
        />
      </div>
    </Panel>
  );
}
