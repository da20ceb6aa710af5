import { useMemo } from 'react';
import type { Plan } from '../../../electron/common/contract.ts';
import { formatBytes, formatBytesExact, formatCount, formatPercent, formatShape } from '../../format.ts';
import type { Stores } from '../../stores/createStores.ts';
import { parametersFor } from '../../stores/parameterSearch.ts';
import { LongName } from '../../widgets/LongName.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, VirtualTable } from '../../widgets/VirtualTable.tsx';
import { coverageFill } from './coverage.ts';

/** The drafter's parameters on this rank, and how far the checkpoint fills each. */
export function ParameterTable({ stores, plan, search = '' }: { stores: Stores; plan: Plan; search?: string }) {
  const selected = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'parameter' ? selection.parameter : -1,
  );
  const shown = useMemo(() => parametersFor(plan, search), [plan, search]);
  const columns = useMemo<Column[]>(() => {
    const at = (row: number) => plan.parameters[shown[row] ?? -1];
    return [
      {
        id: 'name',
        title: 'drafter parameter',
        track: 'minmax(200px, 4fr)',
        cell: (row) => <LongName name={at(row)?.name ?? ''} />,
      },
      {
        id: 'shape',
        title: 'shape',
        track: 'minmax(106px, 140px)',
        numeric: true,
        cell: (row) => <span className="mono">{formatShape(at(row)?.shape ?? [])}</span>,
      },
      {
        id: 'dtype',
        from: 680,
        title: 'dtype',
        track: '64px',
        cell: (row) => <span className="mono">{at(row)?.dtype}</span>,
      },
      {
        id: 'slots',
        from: 680,
        title: 'slots',
        track: 'minmax(116px, 1.6fr)',
        cell: (row) => (
          <span className="mono">
            {at(row)
              ?.slots.map(({ slot, tensors }) => `${slot === '' ? '' : `${slot} `}×${formatCount(tensors)}`)
              .join(' · ')}
          </span>
        ),
      },
      {
        id: 'covered',
        title: 'filled by the files',
        track: 'minmax(120px, 1.6fr)',
        cell: (row) => {
          const { covered = 0, numel = 0 } = at(row) ?? {};
          return (
            <span className="coverage" title={`${formatCount(covered)} of ${formatCount(numel)} elements`}>
              <span className="coverageTrack">
                <span
                  className={`coverageFill ${coverageFill(covered, numel)}`}
                  style={{ width: `${numel > 0 ? (100 * covered) / numel : 100}%` }}
                />
              </span>
              <span className="mono">{formatPercent(numel > 0 ? covered / numel : 1)}</span>
            </span>
          );
        },
      },
      {
        id: 'bytes',
        title: 'bytes',
        track: '84px',
        numeric: true,
        cell: (row) => (
          <span className="mono" title={formatBytesExact(at(row)?.bytes ?? 0)}>
            {formatBytes(at(row)?.bytes ?? 0)}
          </span>
        ),
      },
    ];
  }, [plan, shown]);
  return (
    <VirtualTable
      label="Drafter parameters"
      testId="parameter-table"
      columns={columns}
      rowCount={shown.length}
      rowKey={(row) => shown[row] ?? row}
      selected={shown.indexOf(selected)}
      onSelect={(row) => stores.selection.select({ kind: 'parameter', parameter: shown[row] ?? 0 })}
    />
  );
}
