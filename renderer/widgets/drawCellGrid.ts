/** Draws the part of a cell grid that is in sight. */
import {
  type CellGridShape,
  type CellRow,
  cellMarks,
  type GridCell,
  headHeight,
  labelStep,
  labelWidth,
} from './cellGridModel.ts';

export interface CellGridScene {
  readonly rows: readonly CellRow[];
  readonly columns: number;
  /** 1 = whole cells; n = each row fills only its n-th of a cell's height. */
  readonly slices: number;
  readonly shape: CellGridShape;
  readonly scrolled: { readonly x: number; readonly y: number };
  /** Of the canvas, in CSS pixels. */
  readonly size: { readonly width: number; readonly height: number };
  readonly emphasised: number;
  readonly selected: GridCell | null;
  readonly rowName: (row: number) => string;
  readonly columnTitle: string;
}

const markColours = ['', '--bonus', '--failed'] as const;

export function drawCellGrid(canvas: HTMLCanvasElement, scene: CellGridScene): void {
  const context = canvas.getContext('2d');
  if (!context) return;
  const { size, shape, scrolled, rows } = scene;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(size.width * ratio);
  canvas.height = Math.round(size.height * ratio);
  const style = getComputedStyle(canvas);
  const colours = new Map<string, string>();
  const colour = (name: string) => {
    const known = colours.get(name) ?? style.getPropertyValue(name).trim();
    colours.set(name, known);
    return known;
  };
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  context.font = `11px ${style.fontFamily}`;
  context.textBaseline = 'middle';
  const firstRow = Math.max(0, Math.floor(scrolled.y / shape.rowSize));
  const lastRow = Math.min(rows.length, Math.ceil((scrolled.y + size.height - headHeight) / shape.rowSize));

  context.save();
  context.beginPath();
  context.rect(labelWidth, headHeight, size.width - labelWidth, size.height - headHeight);
  context.clip();
  context.translate(labelWidth - scrolled.x, headHeight - scrolled.y);
  for (let row = firstRow; row < lastRow; row += 1) drawRow(context, scene, row, colour);
  if (scene.selected) {
    context.strokeStyle = colour('--accent');
    context.lineWidth = 2;
    const { column, row } = scene.selected;
    context.strokeRect(column * shape.cell, row * shape.rowSize, shape.cell, shape.rowSize - 1);
  }
  context.restore();
  drawLabels(context, scene, firstRow, lastRow, colour);
}

type Colour = (name: string) => string;

function drawRow(context: CanvasRenderingContext2D, scene: CellGridScene, row: number, colour: Colour): void {
  const { shape, scrolled, size, slices } = scene;
  const { cell, rowSize } = shape;
  const content = scene.rows[row];
  if (!content) return;
  const top = row * rowSize;
  const emphasised = row === scene.emphasised;
  context.fillStyle = colour(emphasised ? '--row-emphasis' : '--grid-empty');
  context.fillRect(0, top, shape.width, rowSize - 1);
  const gap = cell >= 8 ? 1 : 0;
  const height = Math.max(1, (rowSize - 1) / slices);
  const offset = slices > 1 ? (content.slice % slices) * ((rowSize - 1) / slices) : 0;
  for (let at = 0; at < content.columns.length; at += 1) {
    const left = (content.columns[at] ?? 0) * cell;
    if (left + cell < scrolled.x || left > scrolled.x + size.width) continue;
    if (content.heat !== undefined) {
      context.globalAlpha = content.heat[at] ?? 0;
      context.fillStyle = colour('--loaded');
      context.fillRect(left, top + offset, cell - gap, height);
      context.globalAlpha = 1;
      // A held cell that nothing was sent to is told from one that is not held.
      context.strokeStyle = colour('--grid-held');
      context.lineWidth = 1;
      if (cell >= 8) context.strokeRect(left + 0.5, top + offset + 0.5, cell - gap - 1, height - 1);
      continue;
    }
    const mark = content.marks[at] ?? 0;
    context.fillStyle = colour(markColours[mark] || (emphasised ? '--loaded' : '--grid-held'));
    if (cellMarks[mark] !== 'plain' && cell >= 8) {
      // A ring for a copy, a cross in the ring where something is wrong: not told by colour alone.
      context.strokeStyle = context.fillStyle;
      context.lineWidth = 2;
      context.strokeRect(left + 2, top + 2, cell - gap - 4, rowSize - 5);
      if (cellMarks[mark] === 'wrong') {
        context.beginPath();
        context.moveTo(left + 2, top + 2);
        context.lineTo(left + cell - gap - 2, top + rowSize - 3);
        context.stroke();
      }
    } else context.fillRect(left, top + offset, cell - gap, height);
    if (content.outlined[at] === 1) {
      context.strokeStyle = colour('--accent');
      context.lineWidth = cell >= 8 ? 2 : 1;
      context.strokeRect(left + 0.5, top + 0.5, Math.max(1, cell - gap - 1), rowSize - 2);
    }
  }
}

function drawLabels(
  context: CanvasRenderingContext2D,
  scene: CellGridScene,
  firstRow: number,
  lastRow: number,
  colour: Colour,
): void {
  const { shape, scrolled, size, columns } = scene;
  const rowStep = Math.max(1, Math.ceil(14 / shape.rowSize));
  context.textAlign = 'right';
  for (let row = firstRow; row < lastRow; row += 1) {
    if (row % rowStep !== 0 && row !== scene.emphasised) continue;
    const y = headHeight + row * shape.rowSize + shape.rowSize / 2 - scrolled.y;
    if (y < headHeight + 4) continue;
    context.fillStyle = colour(row === scene.emphasised ? '--text' : '--text-muted');
    context.fillText(scene.rowName(row), labelWidth - 8, y);
  }
  context.fillStyle = colour('--text-muted');
  context.fillText(scene.columnTitle, labelWidth - 8, headHeight / 2);
  context.textAlign = 'center';
  const step = labelStep(columns, shape.cell);
  for (let column = 0; column < columns; column += step) {
    const x = labelWidth + column * shape.cell + shape.cell / 2 - scrolled.x;
    if (x > labelWidth && x < size.width - 4) context.fillText(String(column), x, headHeight / 2);
  }
}
