/** The bars of the time strip: one per step, draft time below, verify time on top of it. Pure. */
import type { DecodeStep } from '../../electron/common/contract.ts';

export interface StepTimesLayout {
  /** First step drawn; older ones do not fit. */
  readonly from: number;
  /** Steps drawn. */
  readonly count: number;
  /** CSS pixels per step, the gap included. */
  readonly pitch: number;
  /** Time of the full height, in µs. */
  readonly ceiling: number;
  /** The longest step drawn, in µs. */
  readonly longest: number;
  /** Steps longer than the ceiling, whose bars are cut off at the top. */
  readonly cutOff: number;
  /** SVG path data. */
  readonly draft: string;
  readonly verify: string;
  /** A notch through each bar that is cut off. */
  readonly notches: string;
}

const leastPitch = 3;
const mostPitch = 14;
const notchBelow = 4;
const notchHeight = 2;

/**
 * @param end steps to draw, the latest at the right end
 * @param width, height in CSS pixels
 */
export function layoutStepTimes(
  steps: readonly DecodeStep[],
  end: number,
  width: number,
  height: number,
): StepTimesLayout {
  const count = Math.min(end, Math.max(0, Math.floor(width / leastPitch)));
  const from = end - count;
  const pitch = count === 0 ? mostPitch : Math.min(mostPitch, width / count);
  const shown = steps.slice(from, end);
  const totals = shown.map((step) => step.draftMicros + step.verifyMicros);
  const longest = totals.reduce((most, total) => Math.max(most, total), 0);
  const ceiling = ceilingOf(totals, longest);
  const tall = (micros: number) => (ceiling > 0 ? (micros / ceiling) * height : 0);
  const isCut = (at: number) => (totals[at] as number) > ceiling;
  const box = (at: number, bottom: number, size: number) =>
    size > 0
      ? `M${fixed(at * pitch)} ${fixed(height - bottom)}v${fixed(-size)}h${fixed(pitch - 1)}v${fixed(size)}z`
      : '';
  const draft = shown.map((step, at) => box(at, 0, tall(step.draftMicros))).join('');
  const verify = shown.map((step, at) => box(at, tall(step.draftMicros), tall(step.verifyMicros))).join('');
  const notches = shown
    .map((_, at) => (isCut(at) ? box(at, height - notchBelow - notchHeight, notchHeight) : ''))
    .join('');
  return {
    from,
    count,
    pitch,
    ceiling,
    longest,
    cutOff: totals.filter((_, at) => isCut(at)).length,
    draft,
    verify,
    notches,
  };
}

/** One step that the machine was busy in would flatten all others: far beyond the usual ones bars are cut off. */
function ceilingOf(totals: readonly number[], longest: number): number {
  const usual = [...totals].sort((left, right) => left - right)[Math.floor(totals.length * 0.9)] ?? 0;
  return longest > 4 * usual && usual > 0 ? 2 * usual : longest;
}

/** The step under x; null beside the bars. */
export function stepAt({ from, count, pitch }: StepTimesLayout, x: number): number | null {
  const at = Math.floor(x / pitch);
  return x >= 0 && at < count ? from + at : null;
}

/** Where a key leads from step `at`: by one, by ten, to either end. */
export function keyMoves(at: number, stepCount: number): Readonly<Record<string, number>> {
  return {
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    PageUp: at + 10,
    PageDown: at - 10,
    Home: 0,
    End: stepCount - 1,
  };
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
