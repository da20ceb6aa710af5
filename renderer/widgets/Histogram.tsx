const height = 56;

/** Counts over equal bins, with the ends of the axis written below. */
export function Histogram(props: {
  title: string;
  counts: ArrayLike<number>;
  from: string;
  to: string;
  /** CSS pixels. */
  width: number;
}) {
  const counts = Array.from(props.counts);
  const most = Math.max(1, ...counts);
  const bin = props.width / Math.max(1, counts.length);
  const path = counts
    .map((count, at) => {
      const tall = (count / most) * (height - 1);
      return `M${(at * bin).toFixed(2)} ${height}v${-tall.toFixed(2)}h${bin.toFixed(2)}v${tall.toFixed(2)}z`;
    })
    .join('');
  return (
    <figure className="histogram">
      <figcaption className="muted">{props.title}</figcaption>
      <svg width={props.width} height={height} role="img">
        <title>{`${props.title}, from ${props.from} to ${props.to}; fullest bin ${most}`}</title>
        <path d={path} className="fill-loaded" />
      </svg>
      <div className="histogramAxis mono">
        <span>{props.from}</span>
        <span>{props.to}</span>
      </div>
    </figure>
  );
}
