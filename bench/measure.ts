/** Several runs of one thing, told as their median and their spread. */

export interface Spread {
  readonly runs: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Fewer runs than this say too little about the spread. */
export const minRuns = 5;

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
  return { runs: sorted.length, median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** Calls `work` `runs` times, one after the other. @returns milliseconds of each call */
export async function timed(runs: number, work: () => unknown): Promise<number[]> {
  const millis: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    await work();
    millis.push(performance.now() - begin);
  }
  return millis;
}
