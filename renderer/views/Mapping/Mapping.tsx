import { useMemo } from 'react';
import { formatBytes, formatBytesExact, formatCount, formatShape } from '../../format.ts';
import { filterTensors, isFiltering, layersOf } from '../../stores/tensorFilter.ts';
import { EmptyState } from '../../widgets/EmptyState.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { LongName } from '../../widgets/LongName.tsx';
import { OutcomeMark } from '../../widgets/OutcomeMark.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, VirtualTable } from '../../widgets/VirtualTable.tsx';
import type { ViewProps } from '../viewProps.ts';
import { FilterSelects } from './FilterSelects.tsx';
import { RuleBars } from './RuleBars.tsx';

const outcomeNames = ['loaded', 'skipped', 'error'] as const;

/** Every tensor of the checkpoint, the rule that decides about it, and where it goes. */
export function Mapping({ stores, checkpoint, plan }: ViewProps) {
  const filter = useStoreValue(stores.mapping, (state) => state.filter);
  const selected = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'tensor' ? selection.tensor : -1,
  );
  const shown = useMemo(() => filterTensors(checkpoint.tensors, plan.tensors, filter), [checkpoint, plan, filter]);
  const layers = useMemo(() => layersOf(checkpoint.tensors), [checkpoint]);
  const selectedRow = useMemo(() => (selected < 0 ? -1 : shown.indexOf(selected)), [shown, selected]);

  const columns = useMemo<Column[]>(() => {
    const { tensors } = checkpoint;
    const at = (row: number) => shown[row] ?? 0;
    const number = (value: number | undefined) => (value === undefined || value < 0 ? '' : String(value));
    return [
      {
        id: 'outcome',
        title: 'outcome',
        titleHidden: true,
        track: '16px',
        cell: (row) => <OutcomeMark short outcome={outcomeNames[plan.tensors.outcome[at(row)] ?? 2] ?? 'error'} />,
      },
      {
        id: 'tensor',
        title: 'tensor',
        track: 'minmax(170px, 7fr)',
        cell: (row) => <LongName name={tensors.names[at(row)] ?? ''} />,
      },
      {
        id: 'dtype',
        title: 'dtype',
        track: '56px',
        from: 760,
        cell: (row) => <span className="mono">{tensors.dtypes[at(row)]}</span>,
      },
      {
        id: 'shape',
        from: 980,
        title: 'shape',
        track: '88px',
        numeric: true,
        cell: (row) => <span className="mono">{formatShape(tensors.shapes[at(row)] ?? [])}</span>,
      },
      {
        id: 'rule',
        title: 'rule',
        track: 'minmax(76px, 1.8fr)',
        from: 700,
        cell: (row) => {
          const id = plan.rules[plan.tensors.rule[at(row)] ?? -1]?.id ?? '';
          // The mark in front tells skipped and failed ones; the words that differ get the room.
          return (
            <span className="mono" title={id}>
              {id.replace(/^(skip|error):/, '')}
            </span>
          );
        },
      },
      {
        id: 'parameter',
        title: '→ parameter',
        track: 'minmax(120px, 3fr)',
        cell: (row) => <LongName name={plan.parameters[plan.tensors.parameter[at(row)] ?? -1]?.name ?? ''} />,
      },
      {
        id: 'slot',
        title: 'slot, expert',
        track: '76px',
        cell: (row) => (
          <span className="mono">
            {[plan.slotNames[plan.tensors.slot[at(row)] ?? -1], number(plan.tensors.expert[at(row)])]
              .filter((text) => text !== undefined && text !== '')
              .join(' · ')}
          </span>
        ),
      },
      {
        id: 'bytes',
        title: 'bytes',
        track: '68px',
        numeric: true,
        cell: (row) => {
          const bytes = tensors.bytes[at(row)] ?? 0;
          return (
            <span className="mono" title={formatBytesExact(bytes)}>
              {formatBytes(bytes)}
            </span>
          );
        },
      },
    ];
  }, [checkpoint, plan, shown]);

  return (
    <div className="column mapping">
      <div className="toolbar">
        <label className="searchField">
          <Icon name="search" />
          <input
            data-search
            type="search"
            aria-label="Search tensors by name"
            placeholder="Search names"
            title="Words are searched for together; the key / leads here"
            value={filter.search}
            spellCheck={false}
            onChange={(event) => stores.mapping.narrow({ search: event.target.value })}
          />
        </label>
        <FilterSelects stores={stores} plan={plan} layers={layers} filter={filter} />
        {isFiltering(filter) && (
          <button type="button" className="button" onClick={() => stores.mapping.clear()}>
            <Icon name="close" />
            Clear
          </button>
        )}
        <span className="toolbarCount mono" data-testid="tensor-count">
          {`${formatCount(shown.length)} of ${formatCount(checkpoint.totals.tensors)} tensors`}
        </span>
      </div>
      <RuleBars stores={stores} plan={plan} chosen={filter.rule} />
      {shown.length === 0 ? (
        <EmptyState icon="search" title="No tensor matches.">
          <p>Shorten the search, or clear the filters.</p>
        </EmptyState>
      ) : (
        <VirtualTable
          label="Tensors"
          testId="mapping-table"
          columns={columns}
          rowCount={shown.length}
          rowKey={(row) => shown[row] ?? row}
          selected={selectedRow}
          onSelect={(row) => void stores.selection.explain(shown[row] ?? 0)}
        />
      )}
    </div>
  );
}
