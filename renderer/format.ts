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
  if (!Number.isFinite(ratio)) return '–';
  return ratio > 0 && ratio < 0.0005 ? '<0.1 %' : `${(ratio * 100).toFixed(1)} %`;
}

/** 420 -> "0.42 ms"; below 10 µs in µs, from 1 s on in seconds */
export function formatMicros(micros: number): string {
  if (!Number.isFinite(micros)) return '–';
  if (micros > 0 && micros < 10) return `${micros.toFixed(1)} µs`;
  if (micros < 999_950) return `${formatNumber(micros / 1000)} ms`;
  return `${formatNumber(micros / 1e6)} s`;
}

/** Without zeros that say nothing, for the ticks of an axis: "10 ms", "2.5 s", "0" */
export function formatMicrosTick(micros: number): string {
  return micros === 0 ? '0' : formatMicros(micros).replace(/\.?0+(?= )(?<=\.\d*)/, '');
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

/** What tells file names apart: "model-00007-of-000163.safetensors" -> "00007" where only that part differs. */
export function shortFileNames(names: readonly string[]): string[] {
  const [first = ''] = names;
  if (names.length < 2) return [...names];
  let prefix = 0;
  while (prefix < first.length && names.every((name) => name[prefix] === first[prefix])) prefix += 1;
  let suffix = 0;
  const shortest = Math.min(...names.map((name) => name.length));
  while (suffix < shortest - prefix && names.every((name) => name.at(-1 - suffix) === first.at(-1 - suffix)))
    suffix += 1;
  // Numbers and words are kept whole.
  while (prefix > 0 && /[\da-z]/i.test(first[prefix - 1] ?? '')) prefix -= 1;
  while (suffix > 0 && names.some((name) => /[\da-z]/i.test(name.at(-suffix) ?? ''))) suffix -= 1;
  return names.map((name) => name.slice(prefix, name.length - suffix) || name);
}

/** At most about so many round numbers from one to the other, evenly apart: the ticks of an axis. */
export function ticksWithin(from: number, until: number, most: number): number[] {
  const span = until - from;
  if (!(span > 0) || most < 1) return [];
  const power = 10 ** Math.floor(Math.log10(span / most));
  const step = ([1, 2, 5, 10].find((factor) => span / (factor * power) <= most) ?? 10) * power;
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(until / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, at) => (first + at) * step);
}
