/** What a cell grid shows, and where its cells lie. Pure. */

/**
 * plain; filled; a second copy (ring); something wrong (ring with a slash); never filled (hollow with a bar); filled twice (two
 * halves); held elsewhere (dot). In cells too small for that, the part of the height that is filled tells them apart.
 */
export const cellMarks = ['plain', 'filled', 'copy', 'wrong', 'never', 'twice', 'elsewhere'] as const;
export type CellMark = (typeof cellMarks)[number];

export interface CellRow {
  /** Columns that are filled. */
  readonly columns: ArrayLike<number>;
  /** Index into cellMarks, one a filled column. */
  readonly marks: Uint8Array;
  /** 1 = drawn with an outline. */
  readonly outlined: Uint8Array;
  /** 0 to 1, one a filled column: strength of colour, below the mark. */
  readonly heat?: Float32Array;
  /** With slices, which part of the height is filled. */
  readonly slice: number;
}

export interface GridCell {
  readonly row: number;
  readonly column: number;
}

export interface CellGridShape {
  readonly cell: number;
  readonly rowSize: number;
  /** Room for the names of the rows. */
  readonly labelWidth: number;
  /** Size of all cells, in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

export const headHeight = 18;

/** Cells of this width and more show the shape of their mark. */
export const shapeFrom = 8;
/** Narrower cells could not be told apart; rows are as high as there is room, within bounds. */
const leastCell = 2;
const rowSizes = { least: 6, most: 28 } as const;

/**
 * Cell sizes for a frame of this width.
 * @param frameHeight room for all rows, in CSS pixels; more rows than fit are scrolled to
 */
export function gridShape(
  rows: number,
  columns: number,
  frameWidth: number,
  frameHeight: number,
  ratio: number,
  labelWidth = 64,
): CellGridShape {
  const fitting = (frameWidth - labelWidth - 1) / Math.max(1, columns);
  // Small cells take all of the width, one wider than the next by a pixel; larger ones are all alike.
  const even = fitting < shapeFrom ? fitting : Math.floor(fitting * ratio) / ratio;
  const cell = Math.max(leastCell, Math.min(64, even));
  const rowRoom = Math.floor((frameHeight - headHeight - 1) / Math.max(1, rows));
  const rowSize = Math.max(rowSizes.least, Math.min(rowSizes.most, rowRoom));
  return { cell, rowSize, labelWidth, width: columns * cell, height: rows * rowSize };
}

/** The cell below a point of the frame, by arithmetic; null = none. */
export function cellAt(
  point: { readonly x: number; readonly y: number },
  scrolled: { readonly x: number; readonly y: number },
  shape: CellGridShape,
): GridCell | null {
  if (point.x < shape.labelWidth || point.y < headHeight) return null;
  const x = point.x - shape.labelWidth + scrolled.x;
  const y = point.y - headHeight + scrolled.y;
  if (x < 0 || y < 0 || x >= shape.width || y >= shape.height) return null;
  return { row: Math.floor(y / shape.rowSize), column: Math.floor(x / shape.cell) };
}

/** Column numbers to write above the grid, so that labels never touch (8 px a digit). */
export function labelStep(columns: number, cell: number): number {
  const wanted = (String(columns - 1).length * 8 + 6) / cell;
  return [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].find((step) => step >= wanted) ?? 1024;
}

/** Rows that Page Up and Page Down move by. */
const pageRows = 10;

/** Where a key moves the cursor of a grid; null = the key is not for the grid. */
export function moveCursor(
  from: GridCell,
  key: string,
  wholeGrid: boolean,
  rows: number,
  columns: number,
): GridCell | null {
  const { row, column } = from;
  const to = {
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    PageUp: { row: row - pageRows, column },
    PageDown: { row: row + pageRows, column },
    Home: { row: wholeGrid ? 0 : row, column: 0 },
    End: { row: wholeGrid ? rows - 1 : row, column: columns - 1 },
  }[key];
  if (to === undefined) return null;
  return { row: clamp(to.row, rows), column: clamp(to.column, columns) };
}

function clamp(at: number, count: number): number {
  return Math.max(0, Math.min(count - 1, at));
}

/** How far to scroll so that a cell lies in a window of `size` CSS pixels, labels and head taken off. */
export function scrollTo(
  cell: GridCell,
  scrolled: { readonly x: number; readonly y: number },
  shape: CellGridShape,
  size: { readonly width: number; readonly height: number },
): { readonly x: number; readonly y: number } {
  const nearest = (begin: number, length: number, from: number, room: number) =>
    begin < from ? begin : begin + length > from + room ? begin + length - room : from;
  return {
    x: nearest(cell.column * shape.cell, shape.cell, scrolled.x, size.width - shape.labelWidth),
    y: nearest(cell.row * shape.rowSize, shape.rowSize, scrolled.y, size.height - headHeight),
  };
}
