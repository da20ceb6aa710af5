/** The part of a time axis that is shown, and how it is moved. Times in one unit, from 0 to a whole. Pure. */

export interface TimeWindow {
  readonly from: number;
  readonly until: number;
}

/** The deepest zoom: this share of the whole. */
const leastShare = 1e-5;

export function wholeWindow(whole: number): TimeWindow {
  return { from: 0, until: Math.max(whole, Number.MIN_VALUE) };
}

/**
 * @param around stays where it is
 * @param factor above 1 shows more time
 */
export function zoomed({ from, until }: TimeWindow, around: number, factor: number, whole: number): TimeWindow {
  const span = Math.max(whole * leastShare, Math.min(whole, (until - from) * factor));
  const share = until > from ? (around - from) / (until - from) : 0.5;
  return placed(around - span * share, span, whole);
}

/** @param by in the unit of the axis; positive shows later times */
export function panned({ from, until }: TimeWindow, by: number, whole: number): TimeWindow {
  return placed(from + by, until - from, whole);
}

export function isWhole({ from, until }: TimeWindow, whole: number): boolean {
  return from <= 0 && until >= whole;
}

function placed(from: number, span: number, whole: number): TimeWindow {
  const start = Math.max(0, Math.min(whole - span, from));
  return { from: start, until: start + span };
}
