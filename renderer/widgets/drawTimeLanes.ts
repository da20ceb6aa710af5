/** Draws the lanes that are in sight; what falls into one pixel is drawn once. */
import { sizedContext } from './sizedContext.ts';
import type { TimeLane } from './TimeLanes.tsx';
import type { TimeWindow } from './timeWindow.ts';
import type { Colours } from './useColours.ts';

const laneHeights = { least: 18, most: 32 } as const;
const margin = 3;

/** CSS pixels, the gap between lanes included: few lanes take the room there is. */
export function laneHeightOf(lanes: number, room: number): number {
  return Math.max(laneHeights.least, Math.min(laneHeights.most, Math.floor(room / Math.max(1, lanes))));
}

/** Tokens by which kinds are told apart; with more kinds they repeat. */
export const laneShades = ['--lane-0', '--lane-1', '--lane-2', '--lane-3'] as const;

export function drawTimeLanes(
  canvas: HTMLCanvasElement,
  colours: Colours,
  {
    lanes,
    laneHeight,
    shown,
    scrolled,
    width,
    height,
  }: {
    readonly lanes: readonly TimeLane[];
    readonly laneHeight: number;
    readonly shown: TimeWindow;
    /** First pixel row in sight. */
    readonly scrolled: number;
    readonly width: number;
    readonly height: number;
  },
): void {
  const context = sizedContext(canvas, width, height);
  if (!context) return;
  context.clearRect(0, 0, width, height);
  const [ground, ...shades] = ['--grid-empty', ...laneShades].map(colours.of);
  const perUnit = width / (shown.until - shown.from);
  const first = Math.max(0, Math.floor(scrolled / laneHeight));
  const last = Math.min(lanes.length - 1, Math.floor((scrolled + height) / laneHeight));
  for (let lane = first; lane <= last; lane += 1) {
    const top = lane * laneHeight - scrolled;
    context.fillStyle = ground ?? '';
    context.fillRect(0, top + 1, width, laneHeight - 2);
    let drawnTo = -1;
    let drawnKind = -1;
    for (const { begin, end, kind } of lanes[lane]?.spans ?? []) {
      const left = (begin - shown.from) * perUnit;
      const right = Math.max(left + 1, (end - shown.from) * perUnit);
      if (right < 0 || left > width || (kind === drawnKind && right <= drawnTo)) continue;
      context.fillStyle = shades[kind % shades.length] ?? '';
      context.fillRect(left, top + margin, right - left, laneHeight - 2 * margin);
      drawnTo = right;
      drawnKind = kind;
    }
  }
}
