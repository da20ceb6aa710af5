/** The flow diagram as an SVG file. */
import { bandPath, boxLeast, type FlowColumn, type FlowJoin, flowBands, headHeight, layOutFlow } from './flowLayout.ts';
import { svgPicture } from './svgPicture.ts';
import type { Colours } from './useColours.ts';

const size = { width: 1200, height: 360 } as const;
const margin = 16;
/** Width of a letter, and the longest label that a box has room for. */
const letter = 6.7;
const bar = 5;

/** The colours behind the classes that fill boxes and bands on the page. */
const tokens: Readonly<Record<string, string>> = {
  'fill-loaded': '--loaded',
  'fill-skipped': '--skipped',
  'fill-error': '--failed',
  'fill-rest': '--grid-held',
};

/** @param joins joins[i] are between column i and column i + 1 */
export function flowSvg(
  title: string,
  columns: readonly FlowColumn[],
  joins: readonly (readonly FlowJoin[])[],
  colours: Colours,
): string {
  const { height, scale, boxes, lefts } = layOutFlow(columns, size.width - 2 * margin, size.height);
  const whole = { x: 0, y: 0, width: size.width, height: height + headHeight + 2 * margin };
  const { painter, toText } = svgPicture(whole.width, whole.height, colours.of('--surface'), title);
  const fillOf = (name: string) => colours.of(tokens[name] ?? '--grid-held');
  painter.within(whole, margin, margin, () => {
    for (const [at, list] of joins.entries()) {
      const left = lefts[at];
      const right = lefts[at + 1];
      if (!left || !right) continue;
      for (const [index, band] of flowBands(list, boxes[at] ?? [], boxes[at + 1] ?? [], scale).entries()) {
        const path = bandPath(left.left + left.width, right.left, band.fromTop, band.toTop, band.thickness);
        painter.shape(path, fillOf(list[index]?.fill ?? ''), 0.32);
      }
    }
    for (const [at, { title: name, entries }] of columns.entries()) {
      const { left, width } = lefts[at] ?? { left: 0, width: 0 };
      painter.text(name, left, headHeight / 2, colours.of('--text-muted'), 'left');
      for (const [index, { label, figure, fill }] of entries.entries()) {
        const box = boxes[at]?.[index] ?? { top: 0, height: boxLeast, bar: 1 };
        const top = headHeight + box.top;
        const barTop = top + (box.height - box.bar) / 2;
        painter.fill(left, top, width, box.height, colours.of('--surface'));
        painter.frame(left, top, width, box.height, colours.of('--border-strong'), 1);
        if (at > 0) painter.fill(left, barTop, bar, box.bar, fillOf(fill));
        if (at < columns.length - 1) painter.fill(left + width - bar, barTop, bar, box.bar, fillOf(fill));
        const room = Math.floor((width - 30) / letter) - figure.length;
        const middle = top + box.height / 2;
        painter.text(shortened(label, room), left + 10, middle, colours.of('--text'), 'left');
        painter.text(figure, left + width - 10, middle, colours.of('--text-muted'), 'right');
      }
    }
  });
  return toText();
}

function shortened(label: string, letters: number): string {
  return label.length <= letters ? label : `${label.slice(0, Math.max(1, letters - 1))}…`;
}
