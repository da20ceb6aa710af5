/** Draws the part of a cell grid that is in sight. */
import {
  type CellGridShape,
  type CellMark,
  type CellRow,
  cellMarks,
  type GridCell,
  headHeight,
  labelStep,
  shapeFrom,
} from './cellGridModel.ts';
import type { Painter } from './painter.ts';

export interface CellGridScene {
  readonly rows: readonly CellRow[];
  readonly columns: number;
  /** 1 = whole cells; n = each row fills only its n-th of a cell's height. */
  readonly slices: number;
  readonly shape: CellGridShape;
  readonly scrolled: { readonly x: number; readonly y: number };
  /** Of the picture, in CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly emphasised: number;
  readonly selected: GridCell | null;
  /** Where the keyboard is; null = elsewhere. */
  readonly cursor: GridCell | null;
  readonly rowName: (row: number) => string;
  readonly columnTitle: string;
  /** Device pixels per CSS pixel: edges of cells lie between them. */
  readonly ratio: number;
}

type Colour = (name: string) => string;

const markColours: Readonly<Record<CellMark, string>> = {
  plain: '--grid-held',
  filled: '--loaded',
  copy: '--bonus',
  wrong: '--failed',
  never: '--never',
  twice: '--bonus',
  elsewhere: '--skipped',
};

/** Which parts of the height are filled where a cell is too small for its shape: [from, to] of 0 to 1. */
const smallMarks: Readonly<Record<CellMark, readonly (readonly [number, number])[]>> = {
  plain: [[0, 1]],
  filled: [[0, 1]],
  copy: [[0.5, 1]],
  wrong: [
    [0, 0.35],
    [0.65, 1],
  ],
  never: [[0.8, 1]],
  twice: [
    [0, 0.45],
    [0.55, 1],
  ],
  elsewhere: [[0.4, 0.6]],
};

export function drawCellGrid(painter: Painter, scene: CellGridScene, colour: Colour): void {
  const { size, shape, scrolled, rows } = scene;
  const { labelWidth } = shape;
  const firstRow = Math.max(0, Math.floor(scrolled.y / shape.rowSize));
  const lastRow = Math.min(rows.length, Math.ceil((scrolled.y + size.height - headHeight) / shape.rowSize));
  const cells = { x: labelWidth, y: headHeight, width: size.width - labelWidth, height: size.height - headHeight };
  painter.within(cells, labelWidth - scrolled.x, headHeight - scrolled.y, () => {
    for (let row = firstRow; row < lastRow; row += 1) drawRow(painter, scene, row, colour);
    if (scene.selected) around(painter, scene.selected, shape, colour('--accent'), 2);
    if (scene.cursor) {
      around(painter, scene.cursor, shape, colour('--surface'), 4);
      around(painter, scene.cursor, shape, colour('--text'), 2);
    }
  });
  drawLabels(painter, scene, firstRow, lastRow, colour);
}

/** A frame that is never smaller than can be seen. */
function around(painter: Painter, cell: GridCell, shape: CellGridShape, colour: string, line: number): void {
  const spread = Math.max(1, (shapeFrom - shape.cell) / 2) + (line > 2 ? 1 : 0);
  painter.frame(
    cell.column * shape.cell - spread,
    cell.row * shape.rowSize - spread,
    shape.cell + 2 * spread,
    shape.rowSize - 1 + 2 * spread,
    colour,
    line,
  );
}

function drawRow(painter: Painter, scene: CellGridScene, row: number, colour: Colour): void {
  const { shape, scrolled, size, slices } = scene;
  const { cell, rowSize } = shape;
  const content = scene.rows[row];
  if (!content) return;
  const top = row * rowSize;
  const emphasised = row === scene.emphasised;
  painter.fill(0, top, shape.width, rowSize - 1, colour(emphasised ? '--row-emphasis' : '--grid-empty'));
  const gap = cell >= shapeFrom ? 1 : 0;
  const edge = (column: number) => Math.round(column * cell * scene.ratio) / scene.ratio;
  const height = Math.max(1, (rowSize - 1) / slices);
  const offset = slices > 1 ? (content.slice % slices) * ((rowSize - 1) / slices) : 0;
  for (let at = 0; at < content.columns.length; at += 1) {
    const column = content.columns[at] ?? 0;
    const left = edge(column);
    const width = edge(column + 1) - left - gap;
    if (left + cell < scrolled.x || left > scrolled.x + size.width) continue;
    const box: Box = { left, top: top + offset, width, height };
    const mark = cellMarks[content.marks[at] ?? 0] ?? 'plain';
    if (content.heat !== undefined) {
      painter.fill(box.left, box.top, box.width, box.height, colour('--loaded'), content.heat[at] ?? 0);
      if (mark !== 'plain') drawMark(painter, mark, box, colour);
      // A held cell that nothing was sent to is told from one that is not held.
      else if (gap > 0) painter.frame(box.left, box.top, box.width, box.height, colour('--grid-held'), 1);
    } else if (mark === 'plain') {
      // Without a gap, neighbours are one box: a row of 256 cells is one mark then.
      const run = gap > 0 || content.outlined[at] === 1 ? 1 : plainRun(content, at);
      painter.fill(
        box.left,
        box.top,
        edge(column + run) - left - gap,
        box.height,
        colour(emphasised ? '--loaded' : markColours.plain),
      );
      at += run - 1;
    } else drawMark(painter, mark, box, colour);
    if (content.outlined[at] === 1)
      painter.frame(left, top, Math.max(2, width), rowSize - 1, colour('--accent'), cell >= shapeFrom ? 2 : 1);
  }
}

/** How many cells from this one on are plain neighbours without an outline; at least 1. */
function plainRun({ columns, marks, outlined }: CellRow, from: number): number {
  let run = 1;
  while (
    from + run < columns.length &&
    columns[from + run] === (columns[from] ?? 0) + run &&
    cellMarks[marks[from + run] ?? 0] === 'plain' &&
    outlined[from + run] === 0
  )
    run += 1;
  return run;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A shape a mark, so that none is told by colour alone. */
function drawMark(painter: Painter, mark: CellMark, box: Box, colour: Colour): void {
  const own = colour(markColours[mark]);
  const { left, top, width, height } = box;
  if (width < shapeFrom - 1 || height < shapeFrom) {
    for (const [from, to] of smallMarks[mark])
      painter.fill(left, top + from * height, width, Math.max(1, (to - from) * height), own);
    return;
  }
  const line = width >= 12 ? 2 : 1.5;
  const middle = { x: left + width / 2, y: top + height / 2 };
  switch (mark) {
    case 'plain':
    case 'filled':
      painter.fill(left, top, width, height, own);
      break;
    case 'copy':
      painter.frame(left + 1, top + 1, width - 2, height - 2, own, line);
      break;
    case 'wrong':
      painter.frame(left + 1, top + 1, width - 2, height - 2, own, line);
      painter.line(left + 1, top + 1, left + width - 1, top + height - 1, own, line);
      break;
    case 'never':
      painter.frame(left, top, width, height, own, line);
      painter.line(left + 3, middle.y, left + width - 3, middle.y, own, line);
      break;
    case 'twice':
      painter.fill(left, top, width / 2 - 1, height, own);
      painter.fill(middle.x + 1, top, width / 2 - 1, height, own);
      break;
    case 'elsewhere':
      painter.fill(middle.x - 1, middle.y - 1, 2, 2, own);
      break;
  }
}

function drawLabels(painter: Painter, scene: CellGridScene, firstRow: number, lastRow: number, colour: Colour): void {
  const { shape, scrolled, size, columns } = scene;
  const { labelWidth } = shape;
  const muted = colour('--text-muted');
  const rowStep = Math.max(1, Math.ceil(14 / shape.rowSize));
  for (let row = firstRow; row < lastRow; row += 1) {
    if (row % rowStep !== 0 && row !== scene.emphasised) continue;
    const y = headHeight + row * shape.rowSize + shape.rowSize / 2 - scrolled.y;
    if (y < headHeight + 4) continue;
    painter.text(scene.rowName(row), labelWidth - 8, y, row === scene.emphasised ? colour('--text') : muted, 'right');
  }
  painter.text(scene.columnTitle, labelWidth - 8, headHeight / 2, muted, 'right');
  const step = labelStep(columns, shape.cell);
  for (let column = 0; column < columns; column += step) {
    const x = labelWidth + column * shape.cell + shape.cell / 2 - scrolled.x;
    if (x > labelWidth && x < size.width - 4) painter.text(String(column), x, headHeight / 2, muted, 'center');
  }
}
