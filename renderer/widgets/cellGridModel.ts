/** What a cell grid shows, and where its cells lie. Pure. */

/** plain; a second copy (ring); something wrong. */
export const cellMarks = ['plain', 'copy', 'wrong'] as const;
export type CellMark = (typeof cellMarks)[number];

export interface CellRow {
  /** Columns that are filled. */
  readonly columns: ArrayLike<number>;
  /** Index into cellMarks, one a filled column. */
  readonly marks: Uint8Array;
  /** 1 = drawn with an outline. */
  readonly outlined: Uint8Array;
  /** 0 to 1, one a filled column: drawn as strength of colour instead of one colour for all. */
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
  /** Size of all cells, in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

export const labelWidth = 64;
export const headHeight = 18;

/** Cell sizes for a frame of this width: whole device pixels, so that edges are sharp. */
export function gridShape(rows: number, columns: number, frameWidth: number, ratio: number): CellGridShape {
  const fitting = Math.floor(((frameWidth - labelWidth - 1) / Math.max(1, columns)) * ratio) / ratio;
  const cell = Math.max(3, Math.min(64, fitting));
  const rowSize = rows > 64 ? 12 : rows > 12 ? 18 : 28;
  return { cell, rowSize, width: columns * cell, height: rows * rowSize };
}

/** The cell below a point of the frame, by arithmetic; null = none. */
export function cellAt(
  point: { readonly x: number; readonly y: number },
  scrolled: { readonly x: number; readonly y: number },
  shape: CellGridShape,
): GridCell | null {
  if (point.x < labelWidth || point.y < headHeight) return null;
  const x = point.x - labelWidth + scrolled.x;
  const y = point.y - headHeight + scrolled.y;
  if (x < 0 || y < 0 || x >= shape.width || y >= shape.height) return null;
  return { row: Math.floor(y / shape.rowSize), column: Math.floor(x / shape.cell) };
}

/** Column numbers to write above the grid, so that labels never touch (8 px a digit). */
export function labelStep(columns: number, cell: number): number {
  const wanted = (String(columns - 1).length * 8 + 6) / cell;
  return [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].find((step) => step >= wanted) ?? 1024;
}
