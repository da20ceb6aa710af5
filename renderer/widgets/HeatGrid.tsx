import { type MouseEvent, useEffect, useRef, useState } from 'react';
import { useSize } from './useSize.ts';

export interface GridCell {
  readonly row: number;
  readonly column: number;
}

const labelWidth = 64;
const headHeight = 18;

/** Column numbers to write above the grid, so that labels never touch (8 px a digit). */
export function labelStep(columns: number, cell: number): number {
  const wanted = (String(columns - 1).length * 8 + 6) / cell;
  return [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].find((step) => step >= wanted) ?? 1024;
}

/**
 * Rows by columns on a canvas, sharp at any pixel ratio. `filled[row]` lists the columns that are filled; with
 * `slices` > 1 every row fills only its own 1/slices of the height of each cell. The table beside it is the same
 * content for screen readers.
 */
export function HeatGrid(props: {
  label: string;
  filled: readonly (readonly number[])[];
  columns: number;
  slices: number;
  rowName: (row: number) => string;
  /** What the numbers above the grid count. */
  columnTitle: string;
  describe: (cell: GridCell) => string;
  emphasised: number;
  selected: GridCell | null;
  onSelect: (cell: GridCell) => void;
  /** Changes when colours change. */
  themeKey: string;
  testId?: string;
}) {
  const { filled, columns, slices, emphasised, selected } = props;
  const [frame, { width }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<GridCell | null>(null);
  const [scrolled, setScrolled] = useState(0);
  const rows = filled.length;
  const cell = Math.max(3, Math.min(64, Math.floor((width - labelWidth - 1) / Math.max(1, columns))));
  const rowSize = rows > 64 ? 12 : 28;
  const rowStep = Math.max(1, Math.ceil(14 / rowSize));
  const gridWidth = columns * cell;
  const gridHeight = rows * rowSize;

  // biome-ignore lint/correctness/useExhaustiveDependencies: themeKey stands for the colours read from the style sheet
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round((labelWidth + gridWidth + 1) * ratio);
    element.height = Math.round((headHeight + gridHeight + 1) * ratio);
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, labelWidth + gridWidth + 1, headHeight + gridHeight + 1);
    context.font = `11px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    const gap = cell >= 8 ? 1 : 0;

    for (let row = 0; row < rows; row += 1) {
      const top = headHeight + row * rowSize;
      context.fillStyle = colour(row === emphasised ? '--row-emphasis' : '--grid-empty');
      context.fillRect(labelWidth, top, gridWidth, rowSize - 1);
      context.fillStyle = colour(row === emphasised ? '--loaded' : '--grid-held');
      const sliceHeight = (rowSize - 1) / slices;
      for (const column of filled[row] ?? []) {
        context.fillRect(
          labelWidth + column * cell,
          top + (slices > 1 ? (row % slices) * sliceHeight : 0),
          cell - gap,
          Math.max(1, sliceHeight),
        );
      }
      if (row % rowStep === 0 || row === emphasised) {
        context.fillStyle = colour(row === emphasised ? '--text' : '--text-muted');
        context.textAlign = 'right';
        context.fillText(props.rowName(row), labelWidth - 8, top + rowSize / 2);
      }
    }
    context.fillStyle = colour('--text-muted');
    const step = labelStep(columns, cell);
    context.textAlign = 'right';
    context.fillText(props.columnTitle, labelWidth - 8, headHeight / 2);
    context.textAlign = 'center';
    for (let column = 0; column < columns; column += step) {
      context.fillText(String(column), labelWidth + column * cell + cell / 2, headHeight / 2);
    }
    if (selected) {
      context.strokeStyle = colour('--accent');
      context.lineWidth = 2;
      context.strokeRect(labelWidth + selected.column * cell, headHeight + selected.row * rowSize, cell, rowSize - 1);
    }
  }, [filled, columns, slices, emphasised, selected, width, cell, rowSize, props.columnTitle, props.themeKey]);

  function cellAt(event: MouseEvent<HTMLCanvasElement>): GridCell | null {
    const box = event.currentTarget.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - labelWidth) / cell);
    const row = Math.floor((event.clientY - box.top - headHeight) / rowSize);
    return row >= 0 && row < rows && column >= 0 && column < columns ? { row, column } : null;
  }

  const left = hovered ? labelWidth + hovered.column * cell - scrolled : 0;
  return (
    <div className="heatGrid" ref={frame}>
      <div className="heatScroll" onScroll={({ currentTarget }) => setScrolled(currentTarget.scrollLeft)}>
        <canvas
          ref={canvas}
          className="mono"
          data-testid={props.testId}
          role="img"
          aria-label={props.label}
          style={{ width: labelWidth + gridWidth + 1, height: headHeight + gridHeight + 1 }}
          onMouseMove={(event) => setHovered(cellAt(event))}
          onMouseLeave={() => setHovered(null)}
          onClick={(event) => {
            const hit = cellAt(event);
            if (hit) props.onSelect(hit);
          }}
        />
      </div>
      {hovered && (
        <>
          <div
            className="heatHover"
            style={{ left, top: headHeight + hovered.row * rowSize, width: cell, height: rowSize - 1 }}
          />
          <div
            className="tip"
            style={{
              ...(hovered.column < columns / 2 ? { left: left + cell + 6 } : { right: width - left + 6 }),
              top: headHeight + (hovered.row + 1) * rowSize + 2,
            }}
          >
            {props.describe(hovered)}
          </div>
        </>
      )}
      {/* A table ignores its own width; the box around it keeps 256 columns from widening the page. */}
      <div className="visuallyHidden">
        <table>
          <caption>{props.label}</caption>
          <tbody>
            {filled.map((list, row) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows are numbered
              <tr key={row}>
                <th scope="row">{props.rowName(row)}</th>
                <td>{list.length === columns ? `all ${columns}` : list.join(', ')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
