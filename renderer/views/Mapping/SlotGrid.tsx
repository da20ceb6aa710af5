import { useCallback, useEffect, useMemo } from 'react';
import type { Checkpoint, Plan } from '../../../electron/common/contract.ts';
import type { Stores } from '../../stores/createStores.ts';
import { CellGrid } from '../../widgets/CellGrid.tsx';
import type { GridCell } from '../../widgets/cellGridModel.ts';
import { FailureBox } from '../../widgets/FailureBox.tsx';
import { MarkKey } from '../../widgets/MarkKey.tsx';
import { useStoreValue } from '../../widgets/useStoreValue.ts';
import {
  columnsOfLine,
  countStates,
  describeSlot,
  markOfState,
  slotCellAt,
  slotLines,
  stateAt,
  tellLine,
} from './slotRows.ts';

const labelWidth = 56;
const columnTitles = { experts: 'expert', vocabularyShards: 'shard', whole: '' } as const;

/** Every slot of a parameter as a cell. A press leads to the tensor that fills it, or to the rank that holds it. */
export function SlotGrid(props: {
  stores: Stores;
  checkpoint: Checkpoint;
  plan: Plan;
  /** Index into the parameters of the plan. */
  index: number;
  /** Space for the grid, in CSS pixels. */
  width: number;
}) {
  const { stores, checkpoint, plan, index, width } = props;
  const { answer, failure } = useStoreValue(stores.slots, (state) => state);
  // A plan of another rank numbers its parameters alike, but fills them from other tensors.
  useEffect(() => {
    if (plan.parameters[index] !== undefined) void stores.slots.ask({ parameter: index });
  }, [stores, plan, index]);
  const perLine = columnsOfLine(answer?.ranks.length ?? 1, width - labelWidth - 14);
  const lines = useMemo(() => (answer ? slotLines(answer, perLine) : []), [answer, perLine]);
  const rows = useMemo(() => lines.map(({ row }) => row), [lines]);
  const rowName = useCallback(
    (row: number) => {
      const line = lines[row];
      const slot = answer?.slots[line?.slot ?? -1] ?? '';
      return answer?.columnsAre === 'whole' ? slot || 'whole' : `${slot} ${line?.first ?? 0}`.trim();
    },
    [lines, answer],
  );
  const tellRow = useCallback(
    (row: number) => {
      const line = lines[row];
      return answer && line ? tellLine(answer, line) : '';
    },
    [lines, answer],
  );
  if (failure) return <FailureBox failure={failure} />;
  if (answer === null || answer.parameter !== index) return <p className="muted">Asking which tensor fills what …</p>;

  function describe(cell: GridCell): string {
    const at = answer && slotCellAt(answer, lines, cell);
    return at ? describeSlot(answer, at.slot, at.column, (tensor) => checkpoint.tensors.names[tensor] ?? '') : '';
  }

  function open(cell: GridCell): void {
    const at = answer && slotCellAt(answer, lines, cell);
    if (!at) return;
    const rank = answer.ranks[at.column] ?? -1;
    const name = checkpoint.tensors.names[answer.tensors[at.slot * answer.ranks.length + at.column] ?? -1];
    if (stateAt(answer, at.slot, at.column) === 'elsewhere') {
      if (rank >= 0) void stores.plan.change({ rank });
    } else if (name !== undefined) {
      if (stores.mapping.getState().mode === 'parameters') stores.mapping.setMode('list');
      stores.navigation.reveal({ kind: 'tensor', name });
    }
  }

  return (
    <>
      <p className="slotCounts" data-testid="slot-counts">
        {countStates(answer).map(({ state, text }) => (
          <MarkKey key={state} mark={markOfState[state]} text={text} />
        ))}
      </p>
      <CellGrid
        label="Slots of the parameter"
        testId="slot-grid"
        rows={rows}
        columns={perLine}
        slices={1}
        rowName={rowName}
        tellRow={tellRow}
        columnTitle={columnTitles[answer.columnsAre]}
        describe={describe}
        emphasised={-1}
        selected={null}
        onSelect={open}
        maxHeight={420}
        labelWidth={labelWidth}
      />
    </>
  );
}
