// @vitest-environment happy-dom
import { describe, expect, it, vi } from 'vitest';
import { type DrawnFill, drawFillMap } from '../../../renderer/widgets/drawFillMap.ts';
import type { Colours } from '../../../renderer/widgets/useColours.ts';

const colours: Colours = { theme: 'dark', of: (name) => name };
const box = (x: number) => ({ x, y: 12, width: 50, height: 41 });
const layout = { groups: [{ name: 'mtp', rect: { x: 0, y: 0, width: 100, height: 53 } }], rects: [box(0), box(50)] };
const items = [
  { name: 'a', group: 'mtp', value: 100 },
  { name: 'b', group: 'mtp', value: 100 },
];

/** A canvas that writes down where rectangles and words go, and when its pixels are allocated anew. */
function notebook() {
  const lines: string[] = [];
  const context = {
    fillStyle: '',
    setTransform: vi.fn(),
    measureText: () => ({ width: 20 }),
    fillText: (text: string) => lines.push(text),
    fillRect(x: number, y: number, width: number, height: number) {
      lines.push(`${this.fillStyle} ${x},${y} ${width}x${height}`);
    },
  };
  const canvas = document.createElement('canvas');
  vi.spyOn(canvas, 'getContext').mockReturnValue(context as unknown as GPUCanvasContext);
  const draw = (filled: number[], before: DrawnFill | null, by = colours) => {
    lines.length = 0;
    return drawFillMap(canvas, by, { items, filled, layout, width: 100, height: 60 }, before);
  };
  return { canvas, lines, draw };
}

describe('the map of parameters that fill up', () => {
  it('draws all at first, and then only the cells that filled further', () => {
    const { lines, draw } = notebook();
    const first = draw([50, 0], null);
    expect(lines).toEqual([
      '--surface 0,0 100x60',
      '--grid-empty 0,12 49x40',
      '--loaded 0,32 49x20',
      '--grid-empty 50,12 49x40',
      '--loaded 50,52 49x0',
      'mtp',
    ]);
    const second = draw([50, 100], first);
    expect(lines).toEqual(['--grid-empty 50,12 49x40', '--loaded 50,12 49x40']);
    draw([50, 100], second);
    expect(lines).toEqual([]);
  });

  it('draws all again in other colours', () => {
    const { lines, draw } = notebook();
    draw([0, 0], draw([0, 0], null), { ...colours, theme: 'light' });
    expect(lines).toHaveLength(6);
  });

  it('keeps the pixels of a canvas that has its size', () => {
    const { canvas, draw } = notebook();
    const first = draw([0, 0], null);
    const set = vi.spyOn(canvas, 'width', 'set');
    draw([10, 0], first);
    expect(set).not.toHaveBeenCalled();
  });
});
