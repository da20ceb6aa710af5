import { useEffect, useMemo, useRef, useState } from 'react';
import { type DrawnFill, drawFillMap, type FillLayout } from './drawFillMap.ts';
import { type MapRect, squarify } from './treemapLayout.ts';
import { useColours } from './useColours.ts';
import { useSize } from './useSize.ts';

export interface FillItem {
  readonly name: string;
  readonly group: string;
  readonly value: number;
}

/** Things by size, grouped, each filling from the bottom: a treemap on a canvas with one tip. */
export function FillMap(props: {
  label: string;
  items: readonly FillItem[];
  /** Filled part of each item's value. */
  filled: ArrayLike<number>;
  describe: (item: number) => string;
  testId?: string;
}) {
  const { items, filled } = props;
  const colours = useColours();
  const [frame, { width, height }] = useSize<HTMLDivElement>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState(-1);
  const layout = useMemo(() => layOut(items, width, height), [items, width, height]);

  const drawn = useRef<DrawnFill | null>(null);

  useEffect(() => {
    if (canvas.current && width > 0)
      drawn.current = drawFillMap(canvas.current, colours, { items, filled, layout, width, height }, drawn.current);
  }, [items, filled, layout, width, height, colours]);

  return (
    <div className="fillMap" ref={frame}>
      <canvas
        ref={canvas}
        className="mono"
        role="img"
        aria-label={props.label}
        data-testid={props.testId}
        style={{ width, height }}
        title={hovered < 0 ? undefined : props.describe(hovered)}
        onPointerMove={({ nativeEvent: { offsetX, offsetY } }) =>
          setHovered(
            layout.rects.findIndex(
              (rect) =>
                offsetX >= rect.x &&
                offsetX < rect.x + rect.width &&
                offsetY >= rect.y &&
                offsetY < rect.y + rect.height,
            ),
          )
        }
        onPointerLeave={() => setHovered(-1)}
      />
    </div>
  );
}

const titleHeight = 12;

function layOut(items: readonly FillItem[], width: number, height: number): FillLayout {
  const members = new Map<string, number[]>();
  items.forEach(({ group }, at) => {
    const list = members.get(group);
    if (list) list.push(at);
    else members.set(group, [at]);
  });
  const names = [...members.keys()];
  const sums = names.map((name) => (members.get(name) ?? []).reduce((sum, at) => sum + (items[at]?.value ?? 0), 0));
  const outer = squarify(sums, { x: 0, y: 0, width, height });
  const rects = items.map((): MapRect => ({ x: 0, y: 0, width: 0, height: 0 }));
  const groups: { name: string; rect: MapRect }[] = [];
  names.forEach((name, group) => {
    const rect = outer[group];
    if (!rect) return;
    const title = rect.width > 40 && rect.height > 30 ? titleHeight : 0;
    if (title > 0) groups.push({ name, rect });
    const list = members.get(name) ?? [];
    const inner = squarify(
      list.map((at) => items[at]?.value ?? 0),
      {
        x: rect.x,
        y: rect.y + title,
        width: Math.max(0, rect.width - 2),
        height: Math.max(0, rect.height - title - 2),
      },
    );
    list.forEach((at, index) => {
      const own = inner[index];
      if (own) rects[at] = own;
    });
  });
  return { groups, rects };
}
