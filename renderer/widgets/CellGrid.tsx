import { type KeyboardEvent, type MouseEvent, type PointerEvent, useEffect, useMemo, useRef, useState } from 'react';
import { type CellRow, cellAt, type GridCell, gridShape, headHeight, moveCursor, scrollTo } from './cellGridModel.ts';
import { drawCellGrid } from './drawCellGrid.ts';
import { canvasPainter } from './painter.ts';
import { useColours } from './useColours.ts';
import { useSize } from './useSize.ts';

/** Room that is kept for a scroll bar, so that one does not call for the other. */
const scrollBar = 14;

/**
 * Rows by columns on a canvas that is only as large as what is in sight, so that hundreds of rows stay sharp and quick.
 * Arrow keys, Page Up/Down, Home and End move a cursor whose cell is told aloud, Enter selects it. The table beside it
 * says the same to screen readers.
 */
export function CellGrid(props: {
  label: string;
  rows: readonly CellRow[];
  columns: number;
  slices: number;
  rowName: (row: number) => string;
  columnTitle: string;
  describe: (cell: GridCell) => string;
  /** One line a row for the table. */
  tellRow: (row: number) => string;
  emphasised: number;
  selected: GridCell | null;
  onSelect: (cell: GridCell) => void;
  /** At most this high, in CSS pixels; what does not fit is scrolled to. */
  maxHeight: number;
  /** Room for the names of the rows, in CSS pixels. */
  labelWidth?: number;
  testId?: string;
}) {
  const { rows, columns, slices, emphasised, selected, rowName, columnTitle, labelWidth, maxHeight } = props;
  const colours = useColours();
  const [frame, { width }] = useSize<HTMLDivElement>();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<GridCell | null>(null);
  const [moved, setMoved] = useState<GridCell | null>(null);
  /** Only who moves by keys needs to see where they are. */
  const [byKeys, setByKeys] = useState(false);
  const [scrolled, setScrolled] = useState({ x: 0, y: 0 });
  const shape = useMemo(
    () => gridShape(rows.length, columns, width - scrollBar, maxHeight, window.devicePixelRatio || 1, labelWidth),
    [rows.length, columns, width, maxHeight, labelWidth],
  );
  const height = Math.min(maxHeight, headHeight + shape.height + 1);
  const inSight = useMemo(() => ({ width: Math.max(0, width - scrollBar), height }), [width, height]);
  const frameHeight = shape.labelWidth + shape.width > inSight.width ? height + scrollBar : height;
  const place = useMemo(() => {
    const { row, column } = moved ?? selected ?? { row: 0, column: 0 };
    return { row: Math.min(row, rows.length - 1), column: Math.min(column, columns - 1) };
  }, [moved, selected, rows.length, columns]);
  const cursor = byKeys ? place : null;

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || inSight.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(inSight.width * ratio);
    element.height = Math.round(inSight.height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `11px ${getComputedStyle(element).fontFamily}`;
    drawCellGrid(
      canvasPainter(context, ratio),
      {
        rows,
        columns,
        slices,
        shape,
        scrolled,
        size: inSight,
        emphasised,
        selected,
        cursor,
        rowName,
        columnTitle,
        ratio,
      },
      colours.of,
    );
  }, [rows, columns, slices, shape, scrolled, inSight, emphasised, selected, cursor, rowName, columnTitle, colours]);

  function hit(event: PointerEvent<HTMLElement> | MouseEvent<HTMLElement>): GridCell | null {
    const box = event.currentTarget.getBoundingClientRect();
    return cellAt({ x: event.clientX - box.left, y: event.clientY - box.top }, scrolled, shape);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onSelect(place);
      return;
    }
    const to = moveCursor(place, event.key, event.ctrlKey, rows.length, columns);
    if (to === null) return;
    event.preventDefault();
    setHovered(null);
    setByKeys(true);
    setMoved(to);
    const { x, y } = scrollTo(to, scrolled, shape, inSight);
    scroller.current?.scrollTo(x, y);
  }

  const told = hovered ?? cursor;
  const left = told ? shape.labelWidth + told.column * shape.cell - scrolled.x : 0;
  const top = told ? headHeight + told.row * shape.rowSize - scrolled.y : 0;
  return (
    <div className="heatGrid" ref={frame}>
      <div
        className="cellScroll"
        ref={scroller}
        style={{ height: frameHeight }}
        onScroll={({ currentTarget }) => setScrolled({ x: currentTarget.scrollLeft, y: currentTarget.scrollTop })}
      >
        <canvas
          ref={canvas}
          className="mono"
          data-testid={props.testId}
          role="slider"
          aria-roledescription="grid cursor"
          tabIndex={0}
          aria-label={`${props.label}; arrow keys move, Enter selects`}
          aria-valuemin={0}
          aria-valuemax={Math.max(0, rows.length * columns - 1)}
          aria-valuenow={Math.max(0, place.row * columns + place.column)}
          aria-valuetext={`${rowName(place.row)}, ${columnTitle} ${place.column}`}
          style={inSight}
          onFocus={({ currentTarget }) => setByKeys(currentTarget.matches(':focus-visible'))}
          onBlur={() => setByKeys(false)}
          onKeyDown={onKeyDown}
          onPointerMove={(event) => setHovered(hit(event))}
          onPointerLeave={() => setHovered(null)}
          onClick={(event) => {
            const cell = hit(event);
            if (!cell) return;
            setMoved(cell);
            props.onSelect(cell);
          }}
        />
        <div
          className="cellExtent"
          style={{ width: shape.labelWidth + shape.width, height: headHeight + shape.height, marginTop: -height }}
        />
      </div>
      {hovered && <div className="heatHover" style={{ left, top, width: shape.cell, height: shape.rowSize - 1 }} />}
      {told && (
        <div
          className="tip"
          style={{
            ...(left < width / 2 ? { left: left + shape.cell + 6 } : { right: width - left + 6 }),
            top: top + shape.rowSize + 2,
          }}
        >
          {props.describe(told)}
        </div>
      )}
      <output className="visuallyHidden" aria-live="polite" data-testid="grid-cursor">
        {cursor ? props.describe(cursor) : ''}
      </output>
      <CellTable label={props.label} rows={rows.length} rowName={rowName} tellRow={props.tellRow} />
    </div>
  );
}

/** A table ignores its own width; the box around it keeps many columns from widening the page. */
function CellTable(props: {
  label: string;
  rows: number;
  rowName: (row: number) => string;
  tellRow: (row: number) => string;
}) {
  const { label, rows, rowName, tellRow } = props;
  const told = useMemo(() => Array.from({ length: rows }, (_, row) => tellRow(row)), [rows, tellRow]);
  return (
    <div className="visuallyHidden">
      <table>
        <caption>{label}</caption>
        <tbody>
          {told.map((text, row) => (
            <tr key={rowName(row)}>
              <th scope="row">{rowName(row)}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
