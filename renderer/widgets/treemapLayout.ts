/** Squarified treemap: rectangles in proportion to values, as square as can be. Pure. */

export interface MapRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * @param values not negative, in any order
 * @returns one rectangle a value, in the order given; values of 0 get none of the area
 */
export function squarify(values: readonly number[], area: MapRect): MapRect[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  const result = values.map((): MapRect => ({ x: area.x, y: area.y, width: 0, height: 0 }));
  if (!(total > 0) || area.width <= 0 || area.height <= 0) return result;
  const scale = (area.width * area.height) / total;
  const order = [...values.keys()].filter((at) => (values[at] ?? 0) > 0);
  order.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
  let { x, y, width, height } = area;
  let at = 0;
  while (at < order.length) {
    const side = Math.min(width, height);
    let sum = 0;
    let worst = Number.POSITIVE_INFINITY;
    let end = at;
    // A row takes the next value as long as that makes its worst rectangle no longer.
    while (end < order.length) {
      const next = sum + (values[order[end] ?? 0] ?? 0) * scale;
      const largest = (values[order[at] ?? 0] ?? 0) * scale;
      const smallest = (values[order[end] ?? 0] ?? 0) * scale;
      const ratio = Math.max((side * side * largest) / (next * next), (next * next) / (side * side * smallest));
      if (ratio > worst) break;
      worst = ratio;
      sum = next;
      end += 1;
    }
    const depth = sum / side;
    let along = 0;
    for (; at < end; at += 1) {
      const index = order[at] ?? 0;
      const length = ((values[index] ?? 0) * scale) / depth;
      result[index] =
        width >= height
          ? { x, y: y + along, width: depth, height: length }
          : { x: x + along, y, width: length, height: depth };
      along += length;
    }
    if (width >= height) {
      x += depth;
      width -= depth;
    } else {
      y += depth;
      height -= depth;
    }
  }
  return result;
}
