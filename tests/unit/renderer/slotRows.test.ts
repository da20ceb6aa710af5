import { describe, expect, it } from 'vitest';
import type { ParameterSlots } from '../../../electron/common/contract.ts';
import {
  columnsOfLine,
  countStates,
  describeSlot,
  slotCellAt,
  slotLines,
  tellLine,
} from '../../../renderer/views/Mapping/slotRows.ts';
import { cellMarks } from '../../../renderer/widgets/cellGridModel.ts';

/** Two slots of five experts; experts 0 and 1 are here. */
const slots: ParameterSlots = {
  parameter: 3,
  columnsAre: 'experts',
  slots: ['w1', 'w3'],
  ranks: Int32Array.from([0, 0, 1, 1, -1]),
  states: Uint8Array.from([2, 3, 0, 0, 0, 1, 2, 0, 0, 0]),
  tensors: Int32Array.from([7, 9, -1, -1, -1, -1, 8, -1, -1, -1]),
  writers: Uint16Array.from([1, 2, 0, 0, 0, 0, 1, 0, 0, 0]),
};
const nameOf = (tensor: number) => `tensor ${tensor}`;

describe('lines of slots', () => {
  const lines = slotLines(slots, 3);

  it('wrap where the width ends, slot by slot', () => {
    expect(lines.map(({ slot, first, row }) => [slot, first, row.columns.length])).toEqual([
      [0, 0, 3],
      [0, 3, 2],
      [1, 0, 3],
      [1, 3, 2],
    ]);
    expect(Array.from(lines[0]?.row.marks ?? [], (mark) => cellMarks[mark])).toEqual(['filled', 'twice', 'elsewhere']);
    expect(columnsOfLine(256, 400)).toBe(32);
    expect(columnsOfLine(256, 210)).toBe(16);
    expect(columnsOfLine(5, 400)).toBe(5);
    expect(columnsOfLine(0, 400)).toBe(1);
  });

  it('lead back to the slot, and to nothing past the end of a line', () => {
    expect(slotCellAt(slots, lines, { row: 3, column: 1 })).toEqual({ slot: 1, column: 4 });
    expect(slotCellAt(slots, lines, { row: 3, column: 2 })).toBeNull();
    expect(slotCellAt(slots, lines, { row: 4, column: 0 })).toBeNull();
  });
});

describe('a slot in words', () => {
  it('is named with what fills it, or why nothing does', () => {
    const told = (slot: number, column: number) => describeSlot(slots, slot, column, nameOf);
    expect(told(0, 0)).toBe('slot w1 of expert 0: tensor 7');
    expect(told(0, 1)).toBe('slot w1 of expert 1 is written by 2 tensors; tensor 9 stays');
    expect(told(1, 0)).toBe('slot w3 of expert 0: no tensor fills it');
    expect(told(1, 3)).toBe('slot w3 of expert 3 is on rank 1; press to look at that rank');
    expect(told(1, 4)).toBe('slot w3 of expert 4 is on no rank');
    const shards: ParameterSlots = { ...slots, columnsAre: 'vocabularyShards', slots: [''] };
    expect(describeSlot(shards, 0, 0, nameOf)).toBe('shard 0 of the vocabulary: tensor 7');
    const whole: ParameterSlots = { ...slots, columnsAre: 'whole', slots: ['', ''] };
    expect(describeSlot(whole, 0, 0, nameOf)).toBe('the whole parameter: tensor 7');
  });

  it('is counted by state, and told line by line', () => {
    expect(countStates(slots).map(({ text }) => text)).toEqual([
      '2 filled',
      '1 never filled',
      '1 filled twice',
      '6 on other ranks',
    ]);
    expect(slotLines(slots, 5).map((line) => tellLine(slots, line))).toEqual([
      '2–4 on other ranks; 0 filled; 1 filled twice',
      '2–4 on other ranks; 0 never filled; 1 filled',
    ]);
  });
});
