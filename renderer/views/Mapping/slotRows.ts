/** The slots of a parameter -> the rows of a cell grid, in lines short enough for the space there is. Pure. */
import type { ParameterSlots } from '../../../electron/common/contract.ts';
import { formatCount, formatCountOf, listRanges } from '../../format.ts';
import { type CellMark, type CellRow, cellMarks, type GridCell } from '../../widgets/cellGridModel.ts';

/** In the order of slotStates of the contract. */
const states = ['elsewhere', 'never', 'filled', 'twice'] as const;
export type SlotState = (typeof states)[number];

export const markOfState: Readonly<Record<SlotState, CellMark>> = {
  elsewhere: 'elsewhere',
  never: 'never',
  filled: 'filled',
  twice: 'twice',
};

export interface SlotLine {
  /** Index into the slots of the parameter. */
  readonly slot: number;
  /** Column of the parameter that the line begins with. */
  readonly first: number;
  readonly row: CellRow;
}

/** Columns of a line: as many as a width has room for, in a number that is easily counted on from. */
export function columnsOfLine(columns: number, width: number, least = 12): number {
  const fitting = [64, 32, 16, 8].find((count) => count * least <= width) ?? 8;
  return Math.max(1, Math.min(columns, fitting));
}

export function slotLines(slots: ParameterSlots, perLine: number): SlotLine[] {
  const columns = slots.ranks.length;
  return slots.slots.flatMap((_, slot) =>
    Array.from({ length: Math.ceil(columns / perLine) }, (_unused, line): SlotLine => {
      const first = line * perLine;
      const length = Math.min(perLine, columns - first);
      const marks = Uint8Array.from({ length }, (_cell, at) =>
        cellMarks.indexOf(markOfState[stateAt(slots, slot, first + at)]),
      );
      const row: CellRow = {
        columns: Int32Array.from({ length }, (_cell, at) => at),
        marks,
        outlined: new Uint8Array(length),
        slice: 0,
      };
      return { slot, first, row };
    }),
  );
}

export function stateAt(slots: ParameterSlots, slot: number, column: number): SlotState {
  return states[slots.states[slot * slots.ranks.length + column] ?? 0] ?? 'elsewhere';
}

/** The cell of the parameter below a cell of the grid; null = the last line ends before it. */
export function slotCellAt(
  slots: ParameterSlots,
  lines: readonly SlotLine[],
  { row, column }: GridCell,
): { readonly slot: number; readonly column: number } | null {
  const line = lines[row];
  const at = (line?.first ?? 0) + column;
  return line === undefined || column >= line.row.columns.length || at >= slots.ranks.length
    ? null
    : { slot: line.slot, column: at };
}

/** "slot w3 of expert 137", "slot 0", "shard 3 of the vocabulary", "the whole parameter" */
export function slotName({ slots, columnsAre }: ParameterSlots, slot: number, column: number): string {
  const name = slots[slot] ? `slot ${slots[slot]}` : '';
  if (columnsAre === 'experts') return `${name === '' ? '' : `${name} of `}expert ${column}`;
  if (columnsAre === 'vocabularyShards') return `shard ${column} of the vocabulary`;
  return name === '' ? 'the whole parameter' : name;
}

/** What is in a slot, in words. */
export function describeSlot(
  slots: ParameterSlots,
  slot: number,
  column: number,
  nameOf: (tensor: number) => string,
): string {
  const cell = slot * slots.ranks.length + column;
  const name = slotName(slots, slot, column);
  const tensor = nameOf(slots.tensors[cell] ?? -1);
  switch (stateAt(slots, slot, column)) {
    case 'elsewhere': {
      const rank = slots.ranks[column] ?? -1;
      return rank < 0 ? `${name} is on no rank` : `${name} is on rank ${rank}; press to look at that rank`;
    }
    case 'never':
      return `${name}: no tensor fills it`;
    case 'filled':
      return `${name}: ${tensor}`;
    case 'twice':
      return `${name} is written by ${formatCountOf(slots.writers[cell] ?? 0, 'tensor')}; ${tensor} stays`;
  }
}

/** "experts 0–31 filled; 40 never filled", for those who can't see the grid. */
export function tellLine(slots: ParameterSlots, { slot, first, row }: SlotLine): string {
  const said = states.flatMap((state) => {
    const columns = Array.from(row.columns, (column) => first + column).filter(
      (column) => stateAt(slots, slot, column) === state,
    );
    return columns.length === 0 ? [] : [`${listRanges(columns)} ${stateWords[state]}`];
  });
  return said.join('; ');
}

export const stateWords: Readonly<Record<SlotState, string>> = {
  filled: 'filled',
  never: 'never filled',
  twice: 'filled twice',
  elsewhere: 'on other ranks',
};

/** How many slots are in each state; states that don't occur are left out. */
export function countStates(slots: ParameterSlots): { readonly state: SlotState; readonly text: string }[] {
  const order: readonly SlotState[] = ['filled', 'never', 'twice', 'elsewhere'];
  return order.flatMap((state) => {
    const code = states.indexOf(state);
    const found = slots.states.reduce((sum, one) => sum + (one === code ? 1 : 0), 0);
    return found === 0 ? [] : [{ state, text: `${formatCount(found)} ${stateWords[state]}` }];
  });
}
