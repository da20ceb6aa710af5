import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useEffect } from 'react';
import { useSize } from './useSize.ts';

export interface Column {
  readonly id: string;
  readonly title: string;
  /** The title is for screen readers only. */
  readonly titleHidden?: boolean;
  /** A track of grid-template-columns. */
  readonly track: string;
  readonly numeric?: boolean;
  /** Left out where the table is narrower than this, in CSS pixels. */
  readonly from?: number;
  readonly sortable?: boolean;
  /** Content of a cell; `row` counts the rows shown. */
  readonly cell: (row: number) => ReactNode;
}

export interface TableSort {
  readonly column: string;
  readonly descending: boolean;
}

/** What makes rows a tree: how deep a row lies, and whether it can be unfolded. */
export interface TableTree {
  readonly level: (row: number) => number;
  /** null = nothing below it. */
  readonly isOpen: (row: number) => boolean | null;
  readonly onToggle: (row: number) => void;
}

export const rowHeight = 26;
/** The head stays in sight above the rows, inside the scroller. */
const headHeight = 26;

/** Height of a table that shows at most so many rows, in CSS pixels. */
export function tableHeight(rows: number, mostRows: number): number {
  return headHeight + Math.min(rows, mostRows) * rowHeight + 4;
}

/**
 * A table of any length: only the rows in sight are in the document. Arrow keys, Page Up/Down, Home and End move the
 * selection; the row numbers given to the callbacks count the rows shown.
 */
export function VirtualTable(props: {
  label: string;
  columns: readonly Column[];
  rowCount: number;
  /** Row that is selected, or -1. */
  selected: number;
  onSelect: (row: number) => void;
  rowKey: (row: number) => number | string;
  sort?: TableSort | null;
  onSort?: (column: string) => void;
  tree?: TableTree;
  testId?: string;
}) {
  const { rowCount, selected, onSelect, tree } = props;
  const [scroller, { width }] = useSize<HTMLDivElement>();
  const columns = props.columns.filter((column) => (column.from ?? 0) <= width);
  const virtual = useVirtualizer({
    count: rowCount,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: props.rowKey,
    scrollMargin: headHeight,
    scrollPaddingStart: headHeight,
    initialRect: { width: 800, height: 600 },
  });
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: 'auto' });
  }, [selected, virtual]);

  function onKeyDown(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const moves: Record<string, number> = {
      ArrowDown: selected + 1,
      ArrowUp: selected < 0 ? 0 : selected - 1,
      PageDown: selected + page,
      PageUp: selected - page,
      Home: 0,
      End: rowCount - 1,
    };
    if (tree && selected >= 0 && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
      event.preventDefault();
      const open = tree.isOpen(selected);
      if (open === (event.key === 'ArrowLeft')) tree.onToggle(selected);
      else if (event.key === 'ArrowLeft') onSelect(rowAbove(tree, selected));
      return;
    }
    const to = moves[event.key];
    if (to === undefined || rowCount === 0 || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    onSelect(Math.max(0, Math.min(rowCount - 1, to)));
  }

  const gridTemplateColumns = columns.map((column) => column.track).join(' ');
  const rowId = (row: number) => `${props.testId ?? 'table'}-row-${row}`;
  return (
    <div
      className="virtualTable"
      role="treegrid"
      aria-label={props.label}
      aria-rowcount={rowCount + 1}
      aria-colcount={columns.length}
      aria-activedescendant={selected >= 0 ? rowId(selected) : undefined}
      data-testid={props.testId}
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a table element cannot keep rows that are not in the document */}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus */}
      <div className="virtualHead" role="row" aria-rowindex={1} style={{ gridTemplateColumns }}>
        {columns.map((column) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: see above
          <span
            key={column.id}
            role="columnheader"
            className={column.numeric ? 'numeric' : undefined}
            aria-sort={sortWord(props.sort, column)}
          >
            <HeadCell column={column} sort={props.sort ?? null} onSort={props.onSort} />
          </span>
        ))}
      </div>
      <div className="virtualBody" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          // biome-ignore lint/a11y/useSemanticElements: see above
          // biome-ignore lint/a11y/useFocusableInteractive: see above
          // biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys for all rows
          <div
            key={item.key}
            id={rowId(item.index)}
            role="row"
            aria-rowindex={item.index + 2}
            aria-selected={item.index === selected}
            aria-level={tree ? tree.level(item.index) + 1 : undefined}
            aria-expanded={tree ? (tree.isOpen(item.index) ?? undefined) : undefined}
            className="virtualRow"
            style={{ gridTemplateColumns, transform: `translateY(${item.start - headHeight}px)` }}
            onClick={() => onSelect(item.index)}
          >
            {columns.map((column) => (
              // biome-ignore lint/a11y/useSemanticElements: see above
              // biome-ignore lint/a11y/useFocusableInteractive: see above
              <span key={column.id} role="gridcell" className={column.numeric ? 'numeric' : undefined}>
                {column.cell(item.index)}
              </span>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function HeadCell({ column, sort, onSort }: { column: Column; sort: TableSort | null; onSort?: (id: string) => void }) {
  if (column.titleHidden) return <span className="visuallyHidden">{column.title}</span>;
  if (!column.sortable || !onSort) return column.title;
  return (
    <button type="button" className="headSort" title={`Sort by ${column.title}`} onClick={() => onSort(column.id)}>
      {column.title}
      {sort?.column === column.id && <span aria-hidden="true">{sort.descending ? '▾' : '▴'}</span>}
    </button>
  );
}

function sortWord(sort: TableSort | null | undefined, column: Column): 'ascending' | 'descending' | undefined {
  if (!column.sortable || sort?.column !== column.id) return undefined;
  return sort.descending ? 'descending' : 'ascending';
}

/** The row that a row of a tree lies under; itself at the top. */
function rowAbove(tree: TableTree, row: number): number {
  for (let above = row - 1; above >= 0; above -= 1) if (tree.level(above) < tree.level(row)) return above;
  return row;
}
