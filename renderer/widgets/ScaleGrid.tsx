import { useEffect, useMemo, useRef } from 'react';
import { formatCount } from '../format.ts';
import { useColours } from './useColours.ts';

/** Powers of two between the smallest and the largest finite positive value; null = there is none. */
export function logRange(values: ArrayLike<number>): { readonly low: number; readonly high: number } | null {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at += 1) {
    const size = Math.log2(Math.abs(values[at] ?? 0));
    if (!Number.isFinite(size)) continue;
    low = Math.min(low, size);
    high = Math.max(high, size);
  }
  return low <= high ? { low, high } : null;
}

/** Scales that have no logarithm: 0, NaN, infinite. */
export function countUnusable(values: ArrayLike<number>): number {
  let count = 0;
  for (let at = 0; at < values.length; at += 1) if (!Number.isFinite(Math.log2(Math.abs(values[at] ?? 0)))) count += 1;
  return count;
}

/** A matrix of scales, one pixel a scale, stretched; darker is larger, on a logarithmic scale. */
export function ScaleGrid(props: {
  title: string;
  rows: number;
  columns: number;
  /** [rows, columns], row by row */
  values: ArrayLike<number>;
  width: number;
}) {
  const { rows, columns, values, width } = props;
  const colours = useColours();
  const canvas = useRef<HTMLCanvasElement>(null);
  const range = logRange(values);
  const bad = useMemo(() => countUnusable(values), [values]);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || rows * columns === 0) return;
    element.width = columns;
    element.height = rows;
    const spread = logRange(values);
    const full = colours.of('--loaded');
    const bad = colours.of('--failed');
    for (let at = 0; at < rows * columns; at += 1) {
      const size = Math.log2(Math.abs(values[at] ?? 0));
      const isNumber = Number.isFinite(size) && spread !== null;
      context.globalAlpha = isNumber
        ? 0.12 + (0.88 * (size - spread.low)) / Math.max(1e-9, spread.high - spread.low)
        : 1;
      context.fillStyle = isNumber ? full : bad;
      context.fillRect(at % columns, Math.floor(at / columns), 1, 1);
    }
  }, [rows, columns, values, colours]);
  const height = Math.max(6, Math.min(160, (width * rows) / Math.max(1, columns)));
  return (
    <figure className="histogram">
      <figcaption className="muted">{props.title}</figcaption>
      <canvas ref={canvas} className="scaleGrid" role="img" aria-label={props.title} style={{ width, height }} />
      {range && (
        <div className="histogramAxis mono">
          <span>{`pale 2^${range.low.toFixed(1)}`}</span>
          <span>{`full 2^${range.high.toFixed(1)}`}</span>
        </div>
      )}
      {bad > 0 && (
        <p className="scaleBad">
          <span className="swatch fill-error" />
          {`${formatCount(bad)} of ${formatCount(values.length)} are 0 or no finite number`}
        </p>
      )}
    </figure>
  );
}
