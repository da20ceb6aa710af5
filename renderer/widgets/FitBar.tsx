import type { BarPart } from './StackedBar.tsx';

/** What something needs, by part, on a scale with a mark where what is free ends. */
export function FitBar(props: {
  label: string;
  parts: readonly BarPart[];
  /** What the whole width stands for; the same for bars that are compared. */
  scale: number;
  /** Where the mark stands; 0 = unknown, no mark. */
  free: number;
  freeFigure: string;
}) {
  const { label, parts, scale, free, freeFigure } = props;
  const percent = (value: number) => `${((100 * value) / Math.max(1, scale)).toFixed(3)}%`;
  const told = parts.map((part) => `${part.label}: ${part.figure}`);
  if (free > 0) told.push(`free: ${freeFigure}`);
  return (
    <span className="fitTrack" role="img" aria-label={`${label}: ${told.join(', ')}`} title={told.join('\n')}>
      {parts.map((part) => (
        <span key={part.id} className={part.fill} style={{ width: percent(part.value) }} />
      ))}
      {free > 0 && free <= scale && <span className="fitMark" style={{ left: percent(free) }} />}
    </span>
  );
}
