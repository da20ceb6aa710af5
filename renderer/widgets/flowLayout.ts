/** Where the boxes and bands of a flow diagram lie. Pure. */

export interface FlowEntry {
  readonly id: string;
  readonly label: string;
  readonly figure: string;
  readonly title: string;
  readonly value: number;
  readonly pressed: boolean;
  readonly fill: string;
}

export interface FlowColumn {
  readonly title: string;
  /** A button beside the title. */
  readonly back?: { readonly label: string; readonly press: () => void };
  /** Width of its boxes in CSS pixels, and the share of spare room that they take. */
  readonly width: number;
  readonly grow: number;
  readonly entries: readonly FlowEntry[];
}

export interface FlowJoin {
  readonly from: number;
  readonly to: number;
  readonly value: number;
  readonly title: string;
  readonly fill: string;
}

export const boxLeast = 18;
/** Room for the titles of the columns. */
export const headHeight = 18;
const leastGap = 28;

export interface FlowBox {
  readonly top: number;
  readonly height: number;
  /** Height of the part that is to scale; the box may be taller, so that its label fits. */
  readonly bar: number;
}

export interface FlowBand {
  readonly from: number;
  readonly to: number;
  /** Top edge at either end, and thickness; the thickness is to scale from 1 px on. */
  readonly fromTop: number;
  readonly toTop: number;
  readonly thickness: number;
}

const gap = 2;
const thinnest = 1;

/** Pixels per value at which every column fits; boxes are never lower than `least`. */
export function flowScale(columns: readonly (readonly number[])[], height: number, least: number): number {
  let scale = Number.POSITIVE_INFINITY;
  for (const values of columns) {
    const room = height - gap * Math.max(0, values.length - 1);
    let low = 0;
    let high = room / Math.max(1e-9, Math.max(...values, 0));
    for (let turn = 0; turn < 40; turn += 1) {
      const middle = (low + high) / 2;
      const used = values.reduce((sum, value) => sum + Math.max(least, value * middle), 0);
      if (used <= room) low = middle;
      else high = middle;
    }
    scale = Math.min(scale, low);
  }
  return Number.isFinite(scale) ? scale : 0;
}

/** Boxes of one column, from the top. */
export function flowBoxes(values: readonly number[], scale: number, least: number): FlowBox[] {
  let top = 0;
  return values.map((value) => {
    const bar = Math.max(thinnest, value * scale);
    const box = { top, height: Math.max(least, bar), bar };
    top += box.height + gap;
    return box;
  });
}

/** Bands between two columns, stacked along the bars in the order in which they are given. */
export function flowBands(
  links: readonly { readonly from: number; readonly to: number; readonly value: number }[],
  left: readonly FlowBox[],
  right: readonly FlowBox[],
  scale: number,
): FlowBand[] {
  const usedLeft = left.map(() => 0);
  const usedRight = right.map(() => 0);
  const start = (box: FlowBox | undefined, used: number) =>
    box ? box.top + (box.height - box.bar) / 2 + Math.min(used, Math.max(0, box.bar - thinnest)) : 0;
  return links.map(({ from, to, value }) => {
    const fromTop = start(left[from], usedLeft[from] ?? 0);
    const toTop = start(right[to], usedRight[to] ?? 0);
    usedLeft[from] = (usedLeft[from] ?? 0) + value * scale;
    usedRight[to] = (usedRight[to] ?? 0) + value * scale;
    return { from, to, fromTop, toTop, thickness: Math.max(thinnest, value * scale) };
  });
}

export interface FlowPlaces {
  /** Of the bands' area, in CSS pixels. */
  readonly height: number;
  /** CSS pixels per value. */
  readonly scale: number;
  readonly boxes: readonly (readonly FlowBox[])[];
  readonly lefts: readonly { readonly left: number; readonly width: number }[];
}

/** Everything at its place. @param height of the bands' area; more where many boxes need it */
export function layOutFlow(columns: readonly FlowColumn[], width: number, height: number): FlowPlaces {
  const most = Math.max(1, ...columns.map(({ entries }) => entries.length));
  const enough = Math.max(height, most * (boxLeast + 2) + 24);
  const values = columns.map(({ entries }) => entries.map(({ value }) => value));
  const scale = flowScale(values, enough, boxLeast);
  return {
    height: enough,
    scale,
    boxes: values.map((list) => flowBoxes(list, scale, boxLeast)),
    lefts: placeColumns(columns, width),
  };
}

function placeColumns(columns: readonly FlowColumn[], width: number): { left: number; width: number }[] {
  const gaps = Math.max(1, columns.length - 1);
  const fixed = columns.reduce((sum, column) => sum + column.width, 0);
  const spare = Math.max(0, width - fixed - gaps * leastGap);
  // A third of the spare room goes to the boxes, the rest to the bands.
  const grow = columns.reduce((sum, column) => sum + column.grow, 0);
  const forBoxes = Math.min(spare / 3, 300);
  const gap = leastGap + (spare - forBoxes) / gaps;
  let left = 0;
  return columns.map((column) => {
    const own = column.width + (grow > 0 ? (forBoxes * column.grow) / grow : 0);
    const place = { left, width: own };
    left += own + gap;
    return place;
  });
}

/** Outline of a band between x0 and x1, below the titles. */
export function bandPath(x0: number, x1: number, from: number, to: number, thickness: number): string {
  const top0 = headHeight + from;
  const top1 = headHeight + to;
  const middle = (x0 + x1) / 2;
  return [
    `M${x0} ${top0}`,
    `C${middle} ${top0} ${middle} ${top1} ${x1} ${top1}`,
    `L${x1} ${top1 + thickness}`,
    `C${middle} ${top1 + thickness} ${middle} ${top0 + thickness} ${x0} ${top0 + thickness}`,
    'Z',
  ].join('');
}
