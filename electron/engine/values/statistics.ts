/** What is said about the values of a tensor. */

export interface ValueStatistics {
  readonly counts: {
    readonly nan: number;
    readonly infinite: number;
    readonly zero: number;
    readonly negative: number;
  };
  /** Of the finite values; null = there are none. */
  readonly range: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly deviation: number;
  } | null;
  readonly histogram: { readonly low: number; readonly high: number; readonly counts: Float64Array } | null;
  /** counts[i] finite values v with 2^(first + i) <= |v| < 2^(first + i + 1). */
  readonly exponents: { readonly first: number; readonly counts: Float64Array } | null;
}

const bins = 64;

export function statisticsOf(values: Float64Array): ValueStatistics {
  const counts = { nan: 0, infinite: 0, zero: 0, negative: 0 };
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let finite = 0;
  let mean = 0;
  let squares = 0;
  const powers = new Map<number, number>();
  for (const value of values) {
    if (Number.isNaN(value)) counts.nan++;
    else if (!Number.isFinite(value)) counts.infinite++;
    if (value < 0) counts.negative++;
    if (!Number.isFinite(value)) continue;
    finite++;
    min = Math.min(min, value);
    max = Math.max(max, value);
    // Welford's running mean: no sum that grows past what a double can hold exactly.
    const before = value - mean;
    mean += before / finite;
    squares += before * (value - mean);
    if (value === 0) counts.zero++;
    else {
      const power = exponentOf(Math.abs(value));
      powers.set(power, (powers.get(power) ?? 0) + 1);
    }
  }
  if (finite === 0) return { counts, range: null, histogram: null, exponents: null };
  const range = { min, max, mean, deviation: Math.sqrt(squares / finite) };
  return { counts, range, histogram: histogramOf(values, min, max), exponents: exponentsOf(powers) };
}

/** Math.log2 rounds just below powers of two up to them; one step back repairs that. */
function exponentOf(size: number): number {
  const power = Math.floor(Math.log2(size));
  if (2 ** power > size) return power - 1;
  return 2 ** (power + 1) <= size ? power + 1 : power;
}

function histogramOf(values: Float64Array, low: number, high: number): ValueStatistics['histogram'] {
  const counts = new Float64Array(low === high ? 1 : bins);
  // Divided first: high - low may be more than a double holds.
  const width = high / counts.length - low / counts.length;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const at = width > 0 ? Math.min(counts.length - 1, Math.max(0, Math.floor(value / width - low / width))) : 0;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return { low, high, counts };
}

function exponentsOf(powers: ReadonlyMap<number, number>): ValueStatistics['exponents'] {
  if (powers.size === 0) return null;
  const first = Math.min(...powers.keys());
  const counts = new Float64Array(Math.max(...powers.keys()) - first + 1);
  for (const [power, count] of powers) counts[power - first] = count;
  return { first, counts };
}
