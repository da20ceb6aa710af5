/** Where the boxes and bands of a flow diagram lie. Pure. */

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
