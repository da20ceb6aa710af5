export interface BarPart {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  /** What the legend shows beside the label. */
  readonly figure: string;
  readonly exact?: string;
  /** A class of theme.css that sets the fill (see .fill-*). */
  readonly fill: string;
}

/** Shares of a whole as one bar, with a legend that labels every part directly. */
export function StackedBar({ parts, label }: { parts: readonly BarPart[]; label: string }) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  const summary = parts.map((part) => `${part.label} ${part.figure}`).join(', ');
  return (
    <div className="stackedBar">
      <div className="stackedTrack" role="img" aria-label={`${label}: ${summary}`}>
        {parts.map((part) =>
          part.value > 0 ? (
            <span
              key={part.id}
              className={`stackedPart ${part.fill}`}
              style={{ flexGrow: part.value }}
              title={`${part.label}: ${part.exact ?? part.figure}`}
            />
          ) : null,
        )}
      </div>
      <ul className="stackedLegend">
        {parts.map((part) => (
          <li key={part.id}>
            <span className={`swatch ${part.fill}`} />
            <span className="legendLabel">{part.label}</span>
            <span className="mono legendFigure" title={part.exact}>
              {part.figure}
            </span>
            <span className="mono legendShare">{total > 0 ? `${((100 * part.value) / total).toFixed(1)} %` : '–'}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
