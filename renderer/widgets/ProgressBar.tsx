/** done / total, as a bar whose fill says the kind; a total of 0 is drawn as complete. */
export function ProgressBar({
  done,
  total,
  fill,
  label,
}: {
  done: number;
  total: number;
  fill: string;
  label: string;
}) {
  const ratio = total > 0 ? Math.min(1, done / total) : 1;
  return (
    <div
      className="progressTrack"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={done}
    >
      <div className={`progressFill ${fill}`} style={{ width: `${(ratio * 100).toFixed(3)}%` }} />
    </div>
  );
}
