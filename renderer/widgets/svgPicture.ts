/** A drawing as an SVG file. Texts go through the document's own serialiser: they stay text whatever they hold. */
import type { Painter } from './painter.ts';

const namespace = 'http://www.w3.org/2000/svg';
const anchors = { left: 'start', center: 'middle', right: 'end' } as const;

export interface SvgPicture {
  readonly painter: Painter;
  /** The file: one that needs nothing else. */
  toText(): string;
}

/**
 * @param width of the picture, in CSS pixels; so is everything that is painted
 * @param title what it shows
 */
export function svgPicture(width: number, height: number, ground: string, title: string): SvgPicture {
  const root = element('svg', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img' });
  root.setAttribute('font-family', 'monospace');
  root.setAttribute('font-size', '11');
  const name = element('title', {});
  name.textContent = title;
  root.append(name, element('rect', { width, height, fill: ground }));
  let open: Element = root;
  const add = (kind: string, attributes: Record<string, string | number>) => {
    const made = element(kind, attributes);
    open.append(made);
    return made;
  };
  let clips = 0;
  const painter: Painter = {
    fill(x, y, w, h, colour, strength = 1) {
      if (strength <= 0) return;
      add('rect', { x, y, width: w, height: h, fill: colour, ...(strength < 1 ? { 'fill-opacity': strength } : {}) });
    },
    frame(x, y, w, h, colour, line) {
      const box = { x: x + line / 2, y: y + line / 2, width: Math.max(0, w - line), height: Math.max(0, h - line) };
      add('rect', { ...box, fill: 'none', stroke: colour, 'stroke-width': line });
    },
    line(x1, y1, x2, y2, colour, line) {
      add('line', { x1, y1, x2, y2, stroke: colour, 'stroke-width': line });
    },
    shape(path, colour, strength) {
      add('path', { d: path, fill: colour, 'fill-opacity': strength });
    },
    text(text, x, y, colour, align) {
      const made = add('text', {
        x,
        y,
        fill: colour,
        'text-anchor': anchors[align],
        'dominant-baseline': 'central',
      });
      made.textContent = text;
    },
    within(box, dx, dy, draw) {
      const before = open;
      clips += 1;
      const clip = add('clipPath', { id: `clip${clips}` });
      clip.append(element('rect', { ...box }));
      open = add('g', { 'clip-path': `url(#clip${clips})` });
      open = add('g', { transform: `translate(${round(dx)} ${round(dy)})` });
      draw();
      open = before;
    },
  };
  return { painter, toText: () => `${new XMLSerializer().serializeToString(root)}\n` };
}

function element(kind: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(namespace, kind);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, typeof value === 'number' ? String(round(value)) : value);
  return made;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
