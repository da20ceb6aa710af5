import type { ReactNode } from 'react';

/** One number with its label and, on hover, its exact value. */
export function Figure({
  label,
  value,
  exact,
  testId,
  note,
}: {
  label: string;
  value: ReactNode;
  exact?: string;
  testId?: string;
  /** A second, smaller number beside the first. */
  note?: string | undefined;
}) {
  return (
    <div className="figure" title={exact}>
      <div className="figureLabel">{label}</div>
      <div className="figureLine">
        <span className="figureValue mono" data-testid={testId}>
          {value}
        </span>
        {note !== undefined && <span className="figureNote mono">{note}</span>}
      </div>
    </div>
  );
}
