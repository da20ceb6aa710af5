import { formatBox, formatShape } from '../format.ts';

type Range = readonly [number, number];

export interface Area {
  readonly title: string;
  readonly shape: readonly number[];
  readonly boxes: readonly (readonly Range[])[];
}

/** Rows and columns of the last two dimensions; a vector lies flat. */
export function flatten(shape: readonly number[]): { rows: number; columns: number } {
  return { rows: shape.length >= 2 ? (shape.at(-2) ?? 1) : 1, columns: shape.at(-1) ?? 1 };
}

const thinnest = 6;
const maxHeight = 132;

/** Source and destination, drawn to one scale: what part of a tensor goes into what part of a parameter. */
export function Rectangles({ areas, width, fill }: { areas: readonly Area[]; width: number; fill: string }) {
  const sizes = areas.map((area) => flatten(area.shape));
  const widest = Math.max(1, ...sizes.map((size) => size.columns));
  const tallest = Math.max(1, ...sizes.map((size) => size.rows));
  const scale = Math.min(width / widest, maxHeight / tallest);
  return (
    <div className="rectangles">
      {areas.map((area, index) => {
        const size = sizes[index] ?? { rows: 1, columns: 1 };
        return <AreaDrawing key={area.title} area={area} size={size} scale={scale} fill={fill} />;
      })}
    </div>
  );
}

function AreaDrawing(props: { area: Area; size: { rows: number; columns: number }; scale: number; fill: string }) {
  const { area, size, scale } = props;
  const drawnWidth = Math.max(thinnest, size.columns * scale);
  const drawnHeight = Math.max(thinnest, size.rows * scale);
  const slabs = area.shape.length === 3 ? (area.shape[0] ?? 0) : 0;
  const filledSlabs = new Set(slabs > 0 ? area.boxes.flatMap((box) => (box[0] ? [box[0][0]] : [])) : []);
  return (
    <figure className="rectangle">
      <figcaption>
        <span className="rectangleTitle">{area.title}</span>
        <span className="mono">{formatShape(area.shape)}</span>
      </figcaption>
      {slabs > 0 && slabs <= 512 && (
        <svg className="slabs" width="100%" height={8} preserveAspectRatio="none" viewBox={`0 0 ${slabs} 1`} role="img">
          <title>{`slab ${[...filledSlabs].join(', ')} of ${slabs}`}</title>
          {Array.from({ length: slabs }, (_, slab) => (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: slabs are numbered
              key={slab}
              x={slab + 0.08}
              y={0}
              width={0.84}
              height={1}
              className={filledSlabs.has(slab) ? props.fill : 'fill-none'}
            />
          ))}
        </svg>
      )}
      <svg width={drawnWidth + 2} height={drawnHeight + 2} role="img">
        <title>{area.boxes.map(formatBox).join(' ')}</title>
        <rect x={0.5} y={0.5} width={drawnWidth} height={drawnHeight} className="rectangleWhole" />
        {area.boxes.map((box) => {
          const across = box.at(-1) ?? [0, size.columns];
          const down = box.length >= 2 ? (box.at(-2) ?? [0, size.rows]) : [0, size.rows];
          return (
            <rect
              key={formatBox(box)}
              className={props.fill}
              x={0.5 + (across[0] / size.columns) * drawnWidth}
              y={0.5 + (down[0] / size.rows) * drawnHeight}
              width={Math.max(1.5, ((across[1] - across[0]) / size.columns) * drawnWidth)}
              height={Math.max(1.5, ((down[1] - down[0]) / size.rows) * drawnHeight)}
            />
          );
        })}
      </svg>
      <div className="rectangleRanges mono">{area.boxes.map(formatBox).join(' ')}</div>
    </figure>
  );
}
