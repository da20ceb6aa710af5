import { useEffect, useMemo } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { nameOrder, type SortColumn, sortColumns, sortTensors } from '../../stores/tensorOrder.ts';
import { LongName } from '../../widgets/LongName.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import { type Column, VirtualTable } from '../../widgets/VirtualTable.tsx';
import { bytesCell, outcomeCell, tensorColumns } from './tensorColumns.tsx';

/** One row a tensor, sorted as asked. */
export function TensorTable(props: {
  stores: Stores;
  checkpoint: Checkpoint;
  plan: Plan;
  rows: Uint32Array;
  /** The rows come with an order of their own (the best match first). */
  keepOrder: boolean;
}) {
  const { stores, checkpoint, plan, rows, keepOrder } = props;
  const sort = useStoreValue(stores.mapping, (state) => state.sort);
  const selected = useStoreValue(stores.selection, ({ selection }) =>
    selection.kind === 'tensor' ? selection.tensor : -1,
  );
  const shown = useMemo(
    () => (keepOrder && sort === null ? rows : sortTensors(rows, checkpoint, plan, sort)),
    [rows, checkpoint, plan, sort, keepOrder],
  );
  // The order of 92,000 names takes longer than a press may: it is worked out before anybody asks.
  useEffect(() => {
    const timer = setTimeout(() => nameOrder(checkpoint.tensors.names), 400);
    return () => clearTimeout(timer);
  }, [checkpoint]);
  const selectedRow = useMemo(() => (selected < 0 ? -1 : shown.indexOf(selected)), [shown, selected]);
  const columns = useMemo<Column[]>(() => {
    const at = (row: number) => shown[row] ?? 0;
    const common = tensorColumns(checkpoint, plan, at);
    return [
      {
        id: 'outcome',
        title: 'outcome',
        titleHidden: true,
        track: '16px',
        cell: (row) => outcomeCell(plan, at(row)),
      },
      {
        id: 'tensor',
        title: 'tensor',
        track: 'minmax(170px, 7fr)',
        sortable: true,
        cell: (row) => <LongName keepsLayer name={checkpoint.tensors.names[at(row)] ?? ''} />,
      },
      common.dtype,
      common.shape,
      common.rule,
      common.parameter,
      common.slot,
      common.file,
      {
        id: 'bytes',
        title: 'bytes',
        track: '70px',
        numeric: true,
        sortable: true,
        cell: (row) => bytesCell(checkpoint.tensors.bytes[at(row)] ?? 0),
      },
    ];
  }, [checkpoint, plan, shown]);
  return (
    <VirtualTable
      label="Tensors"
      testId="mapping-table"
      columns={columns}
      rowCount={shown.length}
      rowKey={(row) => shown[row] ?? row}
      selected={selectedRow}
      onSelect={(row) => void stores.selection.explain(shown[row] ?? 0)}
      sort={sort}
      onSort={(column) => {
        if (isSortColumn(column)) stores.mapping.sortBy(column);
      }}
    />
  );
}

function isSortColumn(column: string): column is SortColumn {
  return sortColumns.some((known) => known === column);
}
