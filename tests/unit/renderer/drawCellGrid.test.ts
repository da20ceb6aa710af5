import { describe, expect, it } from 'vitest';
import { type CellMark, cellMarks, gridShape, moveCursor, scrollTo } from '../../../renderer/widgets/cellGridModel.ts';
import { type CellGridScene, drawCellGrid } from '../../../renderer/widgets/drawCellGrid.ts';
import type { Painter } from '../../../renderer/widgets/painter.ts';

/** Writes down what is drawn, a line a mark. */
function notebook(): { readonly painter: Painter; readonly lines: string[] } {
  const lines: string[] = [];
  const painter: Painter = {
    fill: (_x, y, width, height, colour, strength) =>
      lines.push(`fill ${Math.round(width)}x${Math.round(height)} at ${Math.round(y)} ${colour} ${strength ?? 1}`),
    frame: (_x, _y, _width, _height, colour) => lines.push(`frame ${colour}`),
    line: (_x0, y0, _x1, y1, colour) => lines.push(`line ${y0 === y1 ? 'level' : 'slanted'} ${colour}`),
    shape: (path) => lines.push(`shape ${path}`),
    text: (text) => lines.push(`text ${text}`),
    within: (_box, _dx, _dy, draw) => draw(),
  };
  return { painter, lines };
}

function drawn(mark: CellMark, patch: Partial<CellGridScene> & { heat?: number; width?: number } = {}): string[] {
  const { heat, width = 200, ...scene } = patch;
  const { painter, lines } = notebook();
  const row = {
    columns: [0],
    marks: Uint8Array.of(cellMarks.indexOf(mark)),
    outlined: new Uint8Array(1),
    slice: 0,
    ...(heat === undefined ? {} : { heat: Float32Array.of(heat) }),
  };
  drawCellGrid(
    painter,
    {
      rows: [row],
      columns: 4,
      slices: 1,
      shape: gridShape(1, 4, width, 100, 1),
      scrolled: { x: 0, y: 0 },
      size: { width, height: 100 },
      emphasised: -1,
      selected: null,
      cursor: null,
      rowName: (at) => `row ${at}`,
      columnTitle: 'expert',
      ratio: 1,
      ...scene,
    },
    (name) => name,
  );
  // The first mark is the ground of the row.
  return lines.slice(1).filter((line) => !line.startsWith('text'));
}

describe('a cell', () => {
  it('has another shape for every mark, large and small', () => {
    for (const width of [200, 70]) {
      // Plain and filled ones differ by colour and never stand in the same grid.
      const marks = cellMarks.filter((mark) => mark !== 'plain');
      const shapes = marks.map((mark) =>
        drawn(mark, { width })
          .join()
          .replace(/--[a-z-]+/g, ''),
      );
      for (const [at, shape] of shapes.entries()) expect([marks[at], shapes.indexOf(shape)]).toEqual([marks[at], at]);
    }
  });

  it('keeps its mark above the heat', () => {
    expect(drawn('plain', { heat: 0.5 })).toEqual(['fill 32x27 at 0 --loaded 0.5', 'frame --grid-held']);
    expect(drawn('copy', { heat: 0.5 })).toEqual(['fill 32x27 at 0 --loaded 0.5', 'frame --bonus']);
    expect(drawn('wrong', { heat: 0 })).toContain('line slanted --failed');
    expect(drawn('wrong', { heat: 0, width: 70 }).filter((line) => line.includes('--failed'))).toHaveLength(2);
  });

  it('shows where the keyboard is', () => {
    const cursor = { row: 0, column: 2 };
    expect(drawn('plain', { cursor }).slice(-2)).toEqual(['frame --surface', 'frame --text']);
    expect(drawn('plain')).not.toContain('frame --text');
  });
});

describe('the cursor', () => {
  const from = { row: 5, column: 5 };
  const to = (key: string, wholeGrid = false) => moveCursor(from, key, wholeGrid, 20, 8);

  it('moves by cells, pages and to the ends, and stays in the grid', () => {
    expect(to('ArrowLeft')).toEqual({ row: 5, column: 4 });
    expect(to('ArrowDown')).toEqual({ row: 6, column: 5 });
    expect(to('PageDown')).toEqual({ row: 15, column: 5 });
    expect(to('PageUp')).toEqual({ row: 0, column: 5 });
    expect(to('Home')).toEqual({ row: 5, column: 0 });
    expect(to('End', true)).toEqual({ row: 19, column: 7 });
    expect(moveCursor({ row: 19, column: 7 }, 'ArrowRight', false, 20, 8)).toEqual({ row: 19, column: 7 });
    expect(to('a')).toBeNull();
  });

  it('is scrolled to as little as needed', () => {
    const shape = gridShape(320, 256, 833, 4000, 1);
    const size = { width: 464, height: 138 };
    expect(scrollTo({ row: 1, column: 1 }, { x: 0, y: 0 }, shape, size)).toEqual({ x: 0, y: 0 });
    expect(scrollTo({ row: 10, column: 200 }, { x: 0, y: 0 }, shape, size)).toEqual({ x: 203, y: 12 });
    expect(scrollTo({ row: 0, column: 0 }, { x: 203, y: 12 }, shape, size)).toEqual({ x: 0, y: 0 });
  });
});
