import type { ReactNode } from 'react';

/** One number with its label and, on hover, its exact value. */
export function Figure({
  label,
  value,
  exact,
  testId,
}: {
  label: string;
  value: ReactNode;
  exact?: string;
  testId?: string;
}) {
  return (
    <div className="figure" title={exact}>
      <div className="figureLabel">{label}</div>
      <div className="figureValue mono" data-testid={testId}>
        {value}
      </div>
    </div>
  );
}
