import { type FlowBox, flowBands, flowBoxes, flowScale } from './flowLayout.ts';
import { useSize } from './useSize.ts';

export interface FlowEntry {
  readonly id: string;
  readonly label: string;
  readonly figure: string;
  readonly title: string;
  readonly value: number;
  readonly pressed: boolean;
  readonly fill: string;
}

export interface FlowColumn {
  readonly title: string;
  /** Width of its boxes in CSS pixels, and the share of spare room that they take. */
  readonly width: number;
  readonly grow: number;
  readonly entries: readonly FlowEntry[];
}

export interface FlowJoin {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly fill: string;
}

const boxLeast = 18;
const headHeight = 18;
const leastGap = 28;

/** Columns of boxes joined by bands to scale. Boxes can be pressed; bands are a picture of what the boxes say. */
export function FlowDiagram(props: {
  label: string;
  columns: readonly FlowColumn[];
  /** joins[i] are between column i and column i + 1. */
  joins: readonly (readonly FlowJoin[])[];
  /** Height of the bands' area in CSS pixels; more where many boxes need it. */
  height: number;
  onPick: (column: number, entry: number) => void;
  testId?: string;
}) {
  const { columns, joins } = props;
  const [frame, { width }] = useSize<HTMLDivElement>();
  const most = Math.max(1, ...columns.map(({ entries }) => entries.length));
  const height = Math.max(props.height, most * (boxLeast + 2) + 24);
  const values = columns.map(({ entries }) => entries.map(({ value }) => value));
  const scale = flowScale(values, height, boxLeast);
  const boxes = values.map((list) => flowBoxes(list, scale, boxLeast));
  const lefts = placeColumns(columns, width);
  return (
    <div className="flow" ref={frame} data-testid={props.testId}>
      <div className="flowArea" style={{ height: height + headHeight }}>
        <svg className="flowBands" width={width} height={height + headHeight} aria-hidden="true">
          {joins.flatMap((list, at) => {
            const left = lefts[at];
            const right = lefts[at + 1];
            if (!left || !right || width === 0) return [];
            return flowBands(list, boxes[at] ?? [], boxes[at + 1] ?? [], scale).map((band, index) => (
              <path
                key={`${columns[at]?.title} ${band.from} ${band.to}`}
                className={`flowBand ${list[index]?.fill ?? ''}`}
                d={bandPath(left.left + left.width, right.left, band.fromTop, band.toTop, band.thickness)}
              />
            ));
          })}
        </svg>
        {columns.map((column, at) => (
          <section key={column.title} aria-label={`${props.label}: ${column.title}`}>
            <h3 className="flowHead" style={{ left: lefts[at]?.left, width: lefts[at]?.width }}>
              {column.title}
            </h3>
            {column.entries.map((entry, index) => (
              <Box
                key={entry.id}
                entry={entry}
                box={boxes[at]?.[index] ?? { top: 0, height: boxLeast, bar: 1 }}
                left={lefts[at]?.left ?? 0}
                width={lefts[at]?.width ?? column.width}
                ends={{ left: at > 0, right: at < columns.length - 1 }}
                onPick={() => props.onPick(at, index)}
              />
            ))}
          </section>
        ))}
      </div>
    </div>
  );
}

function Box(props: {
  entry: FlowEntry;
  box: FlowBox;
  left: number;
  width: number;
  ends: { left: boolean; right: boolean };
  onPick: () => void;
}) {
  const { entry, box, left, width, ends } = props;
  const bar = { top: (box.height - box.bar) / 2, height: box.bar };
  return (
    <button
      type="button"
      className="flowBox"
      aria-pressed={entry.pressed}
      title={entry.title}
      style={{ left, width, top: headHeight + box.top, height: box.height }}
      onClick={props.onPick}
    >
      {ends.left && <span className={`flowBar isLeft ${entry.fill}`} style={bar} />}
      {ends.right && <span className={`flowBar isRight ${entry.fill}`} style={bar} />}
      <span className="flowLabel mono">{entry.label}</span>
      <span className="flowFigure mono">{entry.figure}</span>
    </button>
  );
}

function placeColumns(columns: readonly FlowColumn[], width: number): { left: number; width: number }[] {
  const gaps = Math.max(1, columns.length - 1);
  const fixed = columns.reduce((sum, column) => sum + column.width, 0);
  const spare = Math.max(0, width - fixed - gaps * leastGap);
  // A third of the spare room goes to the boxes, the rest to the bands.
  const grow = columns.reduce((sum, column) => sum + column.grow, 0);
  const forBoxes = Math.min(spare / 3, 300);
  const gap = leastGap + (spare - forBoxes) / gaps;
  let left = 0;
  return columns.map((column) => {
    const own = column.width + (grow > 0 ? (forBoxes * column.grow) / grow : 0);
    const place = { left, width: own };
    left += own + gap;
    return place;
  });
}

function bandPath(x0: number, x1: number, from: number, to: number, thickness: number): string {
  const top0 = headHeight + from;
  const top1 = headHeight + to;
  const middle = (x0 + x1) / 2;
  return [
    `M${x0} ${top0}`,
    `C${middle} ${top0} ${middle} ${top1} ${x1} ${top1}`,
    `L${x1} ${top1 + thickness}`,
    `C${middle} ${top1 + thickness} ${middle} ${top0 + thickness} ${x0} ${top0 + thickness}`,
    'Z',
  ].join('');
}
