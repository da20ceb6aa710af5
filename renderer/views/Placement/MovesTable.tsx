import { useMemo } from 'react';
import type { Moves } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, listRanges } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { movesByRank } from '../../stores/movesByRank.ts';
import { Panel } from '../../widgets/Panel.tsx';
import { type Column, tableHeight, VirtualTable } from '../../widgets/VirtualTable.tsx';

const mostRows = 8;

/** What every rank has to receive for another set-up: experts, where from, bytes. */
export function MovesTable({ stores, moves }: { stores: Stores; moves: Moves }) {
  const received = useMemo(() => movesByRank(moves), [moves]);
  const columns = useMemo<Column[]>(() => {
    const most = received.reduce((bytes, one) => Math.max(bytes, one.bytes), 1);
    const numbers = (list: readonly number[]) => (
      <span className="mono" title={listRanges(list)}>
        {listRanges(list)}
      </span>
    );
    return [
      {
        id: 'rank',
        title: 'rank',
        track: '64px',
        numeric: true,
        cell: (row) => <span className="mono">{`rank ${received[row]?.rank ?? ''}`}</span>,
      },
      {
        id: 'count',
        title: 'receives',
        track: '64px',
        numeric: true,
        cell: (row) => <span className="mono">{formatCount(received[row]?.experts.length ?? 0)}</span>,
      },
      {
        id: 'experts',
        title: 'experts',
        track: 'minmax(100px, 3fr)',
        cell: (row) => numbers(received[row]?.experts ?? []),
      },
      {
        id: 'from',
        title: 'from ranks',
        track: 'minmax(72px, 1fr)',
        from: 520,
        cell: (row) => numbers(received[row]?.from ?? []),
      },
      {
        id: 'bar',
        title: 'share',
        titleHidden: true,
        track: 'minmax(60px, 1fr)',
        cell: (row) => (
          <span className="rankTrack">
            <span className="fill-accent" style={{ width: `${(100 * (received[row]?.bytes ?? 0)) / most}%` }} />
          </span>
        ),
      },
      {
        id: 'bytes',
        title: 'bytes',
        track: '80px',
        numeric: true,
        cell: (row) => (
          <span className="mono" title={formatBytesExact(received[row]?.bytes ?? 0)}>
            {formatBytes(received[row]?.bytes ?? 0)}
          </span>
        ),
      },
    ];
  }, [received]);
  if (received.length === 0) return null;
  return (
    <Panel title={`What moves, by receiving rank (${formatCount(received.length)})`} className="panelFlush">
      <div className="rankTable" style={{ height: tableHeight(received.length, mostRows) }}>
        <VirtualTable
          label="What moves, by receiving rank"
          testId="moves-table"
          columns={columns}
          rowCount={received.length}
          rowKey={(row) => received[row]?.rank ?? row}
          selected={-1}
          onSelect={(row) => stores.selection.select({ kind: 'rank', rank: received[row]?.rank ?? 0 })}
        />
      </div>
    </Panel>
  );
}
