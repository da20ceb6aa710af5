/** Reads over time as a drawing that needs nothing else: one row a lane, an axis below. */

import type { Checkpoint } from '../../electron/common/contract.ts';
import { type Lane, type LaneKey, lastEnd } from '../../electron/common/readLanes.ts';
import { formatBytes, formatMicros, shortFileNames, ticksWithin } from '../format.ts';
import { html, type Markup } from './html.ts';

const width = 960;
const names = 190;
const row = 14;
const sums = 80;
/** The lanes of the light theme, for white paper: told apart by lightness. */
export const shades = ['#00558f', '#141b24', '#848075', '#2b8fca'];
/** Reads that are drawn; more would make a file that no program likes to open. */
const mostRects = 20_000;

export interface NamedLane {
  readonly name: string;
  readonly lane: Lane;
  /** Which shade a read takes. */
  readonly kind: (read: Lane['reads'][number]) => number;
}

/** A word for each lane: the file without what all names share, or the thread. */
export function laneNames({ files }: Checkpoint, lanes: readonly Lane[], by: LaneKey): string[] {
  if (by === 'thread') return lanes.map(({ id }) => `thread ${id}`);
  const names = shortFileNames(files.map(({ name }) => name));
  return lanes.map(({ id }) => names[id] ?? String(id));
}

/** Lanes with their names; reads are shaded by what the lanes are not. */
export function namedLanes(checkpoint: Checkpoint, lanes: readonly Lane[], by: LaneKey): NamedLane[] {
  const names = laneNames(checkpoint, lanes, by);
  return lanes.map((lane, at) => ({
    name: names[at] ?? '',
    lane,
    kind: by === 'file' ? ({ thread }) => thread : ({ file }) => file,
  }));
}

/** A file of its own says what it is; within a page that is known. */
export function lanesFile(title: string, lanes: readonly NamedLane[]): string {
  return lanesSvg(title, lanes).text.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ');
}

export function lanesSvg(title: string, lanes: readonly NamedLane[]): Markup {
  const whole = lastEnd(lanes.map(({ lane }) => lane));
  const room = width - names - sums;
  const x = (micros: number) => Number((names + (micros / Math.max(1, whole)) * room).toFixed(2));
  const bottom = lanes.length * row;
  let left = mostRects;
  return html`<svg viewBox="0 0 ${width} ${bottom + 48}" width="${width}" height="${bottom + 48}" font-family="monospace" font-size="10" role="img">
<title>${title}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="4" y="14" font-size="12">${title}</text>
<g transform="translate(0 24)">
${lanes.map(({ name, lane, kind }, at) => {
  const top = at * row;
  let drawnTo = -1;
  const seen = lane.reads.filter(({ begin, end }) => {
    const right = Math.max(x(begin) + 0.5, x(end));
    if (right <= drawnTo || left <= 0) return false;
    drawnTo = right;
    left -= 1;
    return true;
  });
  return html`<g><text x="${names - 6}" y="${top + 10}" text-anchor="end">${shortened(name)}</text><rect x="${names}" y="${top + 1}" width="${room}" height="${row - 2}" fill="#eceef1"/>
${seen.map((read) => html`<rect x="${x(read.begin)}" y="${top + 3}" width="${Math.max(0.5, x(read.end) - x(read.begin)).toFixed(2)}" height="${row - 6}" fill="${shades[kind(read) % shades.length] ?? ''}"/>`)}
<text x="${width - 4}" y="${top + 10}" text-anchor="end">${formatBytes(lane.bytes)}</text></g>
`;
})}${ticksWithin(0, whole, 8).map((time) => html`<line x1="${x(time)}" x2="${x(time)}" y1="0" y2="${bottom + 3}" stroke="#b9bfc9" stroke-width="0.5"/><text x="${x(time)}" y="${bottom + 14}" text-anchor="middle">${formatMicros(time)}</text>`)}
</g></svg>
`;
}

const longestName = 30;

function shortened(name: string): string {
  return name.length <= longestName ? name : `…${name.slice(1 - longestName)}`;
}
