/** Draws a treemap of things that fill up; what did not change since the picture before is not drawn again. */
import type { FillItem } from './FillMap.tsx';
import { sizedContext } from './sizedContext.ts';
import type { MapRect } from './treemapLayout.ts';
import type { Colours } from './useColours.ts';

export interface FillLayout {
  /** Those with a strip for their name above their cells: no cell is drawn over a name, whatever is drawn again. */
  readonly groups: readonly { readonly name: string; readonly rect: MapRect }[];
  /** One an item. */
  readonly rects: readonly MapRect[];
}

/** What a canvas shows. */
export interface DrawnFill {
  readonly layout: FillLayout;
  readonly colours: Colours;
  readonly ratio: number;
  /** CSS pixels that each item is filled, from its bottom. */
  readonly levels: Float64Array;
}

/**
 * @param filled of each item's value
 * @param before what the canvas shows; null = nothing of use
 * @returns what it shows now; null without a context to draw on
 */
export function drawFillMap(
  canvas: HTMLCanvasElement,
  colours: Colours,
  {
    items,
    filled,
    layout,
    width,
    height,
  }: {
    readonly items: readonly FillItem[];
    readonly filled: ArrayLike<number>;
    readonly layout: FillLayout;
    readonly width: number;
    readonly height: number;
  },
  before: DrawnFill | null,
): DrawnFill | null {
  const context = sizedContext(canvas, width, height);
  if (!context) return null;
  const ratio = window.devicePixelRatio || 1;
  const { groups, rects } = layout;
  const levels = Float64Array.from(rects, (rect, at) => {
    const share = Math.min(1, (filled[at] ?? 0) / Math.max(1, items[at]?.value ?? 1));
    return (rect.height - gapOf(rect)) * share;
  });
  const known =
    before?.layout === layout && before.colours === colours && before.ratio === ratio ? before.levels : null;
  const [empty, full, ground, text] = ['--grid-empty', '--loaded', '--surface', '--text-muted'].map(colours.of);
  if (known === null) {
    context.fillStyle = ground ?? '';
    context.fillRect(0, 0, width, height);
  }
  rects.forEach((rect, at) => {
    const level = levels[at] ?? 0;
    if (known?.[at] === level) return;
    const gap = gapOf(rect);
    context.fillStyle = empty ?? '';
    context.fillRect(rect.x, rect.y, rect.width - gap, rect.height - gap);
    context.fillStyle = full ?? '';
    context.fillRect(rect.x, rect.y + rect.height - gap - level, rect.width - gap, level);
  });
  if (known === null) {
    context.font = `10px ${getComputedStyle(canvas).fontFamily}`;
    context.textBaseline = 'top';
    context.fillStyle = text ?? '';
    for (const { name, rect } of groups)
      if (rect.width - 4 > context.measureText(name).width) context.fillText(name, rect.x + 1, rect.y + 1);
  }
  return { layout, colours, ratio, levels };
}

/** Cells too small for a gap touch. */
function gapOf({ width, height }: MapRect): number {
  return width > 4 && height > 4 ? 1 : 0;
}
