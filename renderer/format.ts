/** Numbers for people: decimal units, thin grouping, at most four significant digits. Exact values belong in titles. */

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1564 -> "1,564" */
export function formatCount(count: number): string {
  return grouped.format(count);
}

/** "1 tensor", "1,564 tensors" */
export function formatCountOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** At most two decimals and four significant digits: 4.81, 14.72, 147.2, 1,472 */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  const decimals = size < 99.995 ? 2 : size < 999.95 ? 1 : 0;
  return decimals === 0 ? grouped.format(value) : value.toFixed(decimals);
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 15420000000 -> "15.42 GB" (decimal units) */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? formatCount(value) : formatNumber(value)} ${byteUnits[unit]}`;
}

/** Full value for titles: "21,578,832 bytes" */
export function formatBytesExact(bytes: number): string {
  return formatCountOf(bytes, 'byte');
}

/** 0.8634 -> "86.3 %"; a ratio of nothing is a dash */
export function formatPercent(ratio: number): string {
  return Number.isFinite(ratio) ? `${(ratio * 100).toFixed(1)} %` : '–';
}

/** 420 -> "0.42 ms"; below 10 µs in µs, from 1 s on in seconds */
export function formatMicros(micros: number): string {
  if (!Number.isFinite(micros)) return '–';
  if (micros > 0 && micros < 10) return `${micros.toFixed(1)} µs`;
  if (micros < 999_950) return `${formatNumber(micros / 1000)} ms`;
  return `${formatNumber(micros / 1e6)} s`;
}

/** bytes per second of a span: "1.20 GB/s"; a dash where no time has passed */
export function formatByteRate(bytes: number, micros: number): string {
  return micros > 0 ? `${formatBytes((bytes / micros) * 1e6)}/s` : '–';
}

/** Events per second: "1,204" or "86.3" */
export function formatPerSecond(count: number, micros: number): string {
  return micros > 0 ? formatNumber((count / micros) * 1e6) : '–';
}

/** [2048, 7168] -> "2048 × 7168"; a scalar is "scalar" */
export function formatShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}

/** Half-open ranges per dimension: "[0:96, 0:256]" */
export function formatBox(box: readonly (readonly [number, number])[]): string {
  return `[${box.map(([start, end]) => `${start}:${end}`).join(', ')}]`;
}

/** 0.93412 -> "0.934" */
export function formatProbability(probability: number): string {
  return Number.isFinite(probability) ? probability.toFixed(3) : '–';
}

/**
 * Token text that can be read: newline as ↵ (the caller keeps the break), tab as ⇥, and the wide bar and low block of
 * special tokens, which few fonts have, as | and _.
 */
export function visibleText(text: string): string {
  return text
    .replaceAll('\r', '␍')
    .replaceAll('\t', '⇥')
    .replaceAll('\n', '↵')
    .replaceAll('｜', '|')
    .replaceAll('▁', '_');
}

/** [0, 1, 2, 3, 8] -> "0–3, 8" */
export function listRanges(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`)).join(', ');
}
