import type { CellMark } from './cellGridModel.ts';

/** One entry of a grid's legend: the mark as it is drawn, and what it stands for. */
export function MarkKey({ mark, text }: { mark: CellMark | 'own' | 'outline'; text: string }) {
  return (
    <span className="markKey">
      <span className={`swatch mark-${mark}`} />
      {text}
    </span>
  );
}
