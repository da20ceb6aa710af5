import {
  bandPath,
  boxLeast,
  type FlowBox,
  type FlowColumn,
  type FlowEntry,
  type FlowJoin,
  flowBands,
  headHeight,
  layOutFlow,
} from './flowLayout.ts';
import { useSize } from './useSize.ts';

/** Columns of boxes joined by bands to scale. Boxes can be pressed; a band says what runs through it. */
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
  const { height, scale, boxes, lefts } = layOutFlow(columns, width, props.height);
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
              >
                <title>{list[index]?.title}</title>
              </path>
            ));
          })}
        </svg>
        {columns.map((column, at) => (
          <section key={column.title} aria-label={`${props.label}: ${column.title}`}>
            <h3 className="flowHead" style={{ left: lefts[at]?.left, width: lefts[at]?.width }}>
              {column.back && (
                <button type="button" className="linkButton flowBack" onClick={column.back.press}>
                  {column.back.label}
                </button>
              )}
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
