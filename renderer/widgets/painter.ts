/** The few marks that grids are drawn with, for a canvas or for a picture in text. */
export interface Painter {
  /** @param strength opacity, 0 to 1 */
  fill(x: number, y: number, width: number, height: number, colour: string, strength?: number): void;
  /** A frame whose line lies inside the box. */
  frame(x: number, y: number, width: number, height: number, colour: string, line: number): void;
  line(x0: number, y0: number, x1: number, y1: number, colour: string, line: number): void;
  /** @param path data of an SVG path */
  shape(path: string, colour: string, strength: number): void;
  /** Text that is centred on y. */
  text(text: string, x: number, y: number, colour: string, align: 'left' | 'center' | 'right'): void;
  /** What is drawn inside lies within the box and is shifted by (dx, dy). */
  within(box: { x: number; y: number; width: number; height: number }, dx: number, dy: number, draw: () => void): void;
}

/** @param ratio device pixels per CSS pixel; sizes given to the painter are CSS pixels */
export function canvasPainter(context: CanvasRenderingContext2D, ratio: number): Painter {
  return {
    fill(x, y, width, height, colour, strength = 1) {
      context.globalAlpha = strength;
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
      context.globalAlpha = 1;
    },
    frame(x, y, width, height, colour, line) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.strokeRect(x + line / 2, y + line / 2, Math.max(0, width - line), Math.max(0, height - line));
    },
    line(x0, y0, x1, y1, colour, line) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      context.beginPath();
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
      context.stroke();
    },
    shape(path, colour, strength) {
      context.globalAlpha = strength;
      context.fillStyle = colour;
      context.fill(new Path2D(path));
      context.globalAlpha = 1;
    },
    text(text, x, y, colour, align) {
      context.textAlign = align;
      context.textBaseline = 'middle';
      context.fillStyle = colour;
      context.fillText(text, x, y);
    },
    within(box, dx, dy, draw) {
      context.save();
      context.beginPath();
      context.rect(box.x, box.y, box.width, box.height);
      context.clip();
      // Whole device pixels, so that edges stay sharp at any scroll position.
      context.translate(Math.round(dx * ratio) / ratio, Math.round(dy * ratio) / ratio);
      draw();
      context.restore();
    },
  };
}
