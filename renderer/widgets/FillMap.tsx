import { useEffect, useMemo, useRef, useState } from 'react';
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
  const { groups, rects } = useMemo(() => layOut(items, width, height), [items, width, height]);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    element.width = Math.round(width * ratio);
    element.height = Math.round(height * ratio);
    const [empty, full, ground, text] = ['--grid-empty', '--loaded', '--surface', '--text-muted'].map(colours.of);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = ground ?? '';
    context.fillRect(0, 0, width, height);
    rects.forEach((rect, at) => {
      const gap = rect.width > 4 && rect.height > 4 ? 1 : 0;
      const share = Math.min(1, (filled[at] ?? 0) / Math.max(1, items[at]?.value ?? 1));
      context.fillStyle = empty ?? '';
      context.fillRect(rect.x, rect.y, rect.width - gap, rect.height - gap);
      context.fillStyle = full ?? '';
      const level = (rect.height - gap) * share;
      context.fillRect(rect.x, rect.y + rect.height - gap - level, rect.width - gap, level);
    });
    context.font = `10px ${getComputedStyle(element).fontFamily}`;
    context.textBaseline = 'top';
    context.fillStyle = text ?? '';
    for (const { name, rect } of groups) {
      const room = rect.width - 4;
      if (room > context.measureText(name).width) context.fillText(name, rect.x + 1, rect.y + 1);
    }
  }, [items, filled, groups, rects, width, height, colours]);

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
            rects.findIndex(
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

function layOut(items: readonly FillItem[], width: number, height: number) {
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
  names.forEach((name, group) => {
    const rect = outer[group];
    if (!rect) return;
    const title = rect.width > 40 && rect.height > 30 ? titleHeight : 0;
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
  return { groups: names.map((name, at) => ({ name, rect: outer[at] ?? { x: 0, y: 0, width: 0, height: 0 } })), rects };
}
