import { type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { type CellRow, cellAt, type GridCell, gridShape, headHeight, labelWidth } from './cellGridModel.ts';
import { drawCellGrid } from './drawCellGrid.ts';
import { useSize } from './useSize.ts';

/** Room that is kept for a scroll bar, so that one does not call for the other. */
const scrollBar = 14;

/**
 * Rows by columns on a canvas that is only as large as what is in sight, so that hundreds of rows stay sharp and quick.
 * The table beside it says the same to screen readers.
 */
export function CellGrid(props: {
  label: string;
  rows: readonly CellRow[];
  columns: number;
  slices: number;
  rowName: (row: number) => string;
  columnTitle: string;
  describe: (cell: GridCell) => string;
  emphasised: number;
  selected: GridCell | null;
  onSelect: (cell: GridCell) => void;
  /** At most this high, in CSS pixels; what does not fit is scrolled to. */
  maxHeight: number;
  /** Changes when colours change. */
  themeKey: string;
  testId?: string;
}) {
  const { rows, columns, slices, emphasised, selected, rowName, columnTitle, themeKey } = props;
  const [frame, { width }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<GridCell | null>(null);
  const [scrolled, setScrolled] = useState({ x: 0, y: 0 });
  const shape = useMemo(
    () => gridShape(rows.length, columns, width - scrollBar, window.devicePixelRatio || 1),
    [rows.length, columns, width],
  );
  const height = Math.min(props.maxHeight, headHeight + shape.height + 1);
  const inSight = { width: Math.max(0, width - scrollBar), height };
  const frameHeight = labelWidth + shape.width > inSight.width ? height + scrollBar : height;

  // biome-ignore lint/correctness/useExhaustiveDependencies: themeKey stands for the colours read from the style sheet
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const size = { width: width - scrollBar, height };
    drawCellGrid(canvas.current, {
      rows,
      columns,
      slices,
      shape,
      scrolled,
      size,
      emphasised,
      selected,
      rowName,
      columnTitle,
    });
  }, [rows, columns, slices, shape, scrolled, width, height, emphasised, selected, columnTitle, themeKey]);

  function hit(event: PointerEvent<HTMLElement> | React.MouseEvent<HTMLElement>): GridCell | null {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt({ x: event.clientX - box.left, y: event.clientY - box.top }, scrolled, shape);
  }

  const left = hovered ? labelWidth + hovered.column * shape.cell - scrolled.x : 0;
  const top = hovered ? headHeight + hovered.row * shape.rowSize - scrolled.y : 0;
  return (
    <div className="heatGrid" ref={frame}>
      <div
        className="cellScroll"
        style={{ height: frameHeight }}
        onScroll={({ currentTarget }) => setScrolled({ x: currentTarget.scrollLeft, y: currentTarget.scrollTop })}
      >
        <canvas
          ref={canvas}
          className="mono"
          data-testid={props.testId}
          role="img"
          aria-label={props.label}
          style={inSight}
          onPointerMove={(event) => setHovered(hit(event))}
          onPointerLeave={() => setHovered(null)}
          onClick={(event) => {
            const cell = hit(event);
            if (cell) props.onSelect(cell);
          }}
        />
        <div
          className="cellExtent"
          style={{ width: labelWidth + shape.width, height: headHeight + shape.height, marginTop: -height }}
        />
      </div>
      {hovered && (
        <>
          <div className="heatHover" style={{ left, top, width: shape.cell, height: shape.rowSize - 1 }} />
          <div
            className="tip"
            style={{
              ...(left < width / 2 ? { left: left + shape.cell + 6 } : { right: width - left + 6 }),
              top: top + shape.rowSize + 2,
            }}
          >
            {props.describe(hovered)}
          </div>
        </>
      )}
      <CellTable label={props.label} rows={rows} columns={columns} rowName={rowName} />
    </div>
  );
}

/** A table ignores its own width; the box around it keeps many columns from widening the page. */
function CellTable(props: {
  label: string;
  rows: readonly CellRow[];
  columns: number;
  rowName: (row: number) => string;
}) {
  const told = useMemo(
    () =>
      props.rows.map(({ columns }) =>
        columns.length === props.columns ? `all ${props.columns}` : Array.from(columns).join(', '),
      ),
    [props.rows, props.columns],
  );
  return (
    <div className="visuallyHidden">
      <table>
        <caption>{props.label}</caption>
        <tbody>
          {told.map((text, row) => (
            <tr key={props.rowName(row)}>
              <th scope="row">{props.rowName(row)}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
