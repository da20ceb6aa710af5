/** A whole cell grid as an SVG file, what is scrolled out of sight included. */
import { gridShape, headHeight } from './cellGridModel.ts';
import { type CellGridScene, drawCellGrid } from './drawCellGrid.ts';
import { svgPicture } from './svgPicture.ts';
import type { Colours } from './useColours.ts';

const frameWidth = 1200;
const frameHeight = 800;
const margin = 16;
const titleHeight = 20;

export function cellGridSvg(
  title: string,
  scene: Pick<CellGridScene, 'rows' | 'columns' | 'slices' | 'emphasised' | 'rowName' | 'columnTitle'>,
  colours: Colours,
): string {
  const shape = gridShape(scene.rows.length, scene.columns, frameWidth, frameHeight, 1);
  const size = { width: shape.labelWidth + shape.width, height: headHeight + shape.height };
  const whole = {
    x: 0,
    y: 0,
    width: Math.max(frameWidth / 2, size.width) + 2 * margin,
    height: size.height + titleHeight + 2 * margin,
  };
  const { painter, toText } = svgPicture(whole.width, whole.height, colours.of('--surface'), title);
  painter.text(title, margin, margin + titleHeight / 2 - 4, colours.of('--text'), 'left');
  painter.within(whole, margin, margin + titleHeight, () =>
    drawCellGrid(
      painter,
      { ...scene, shape, size, scrolled: { x: 0, y: 0 }, selected: null, cursor: null, ratio: 1 },
      colours.of,
    ),
  );
  return toText();
}
