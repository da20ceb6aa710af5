/** What is said about a run's drafts, by the formulas of the reference engine (specification, section 12.6). */

export interface AcceptanceCounters {
  /** Steps with at least one draft; the denominator of the rates by position. */
  readonly numDrafts: number;
  readonly drafted: number;
  readonly accepted: number;
  /** [i] = steps in which at least i + 1 drafts were accepted. */
  readonly acceptedAtLeast: readonly number[];
}

/** 1 + accepted / drafts, in tokens a step; NaN before the first draft. */
export function meanAcceptanceLength({ accepted, numDrafts }: AcceptanceCounters): number {
  return numDrafts > 0 ? 1 + accepted / numDrafts : Number.NaN;
}

/** Accepted / drafted over all positions; NaN before the first draft. */
export function acceptanceRate({ accepted, drafted }: AcceptanceCounters): number {
  return drafted > 0 ? accepted / drafted : Number.NaN;
}

/** Share of the drafts in which position i (from 0) was accepted; NaN before the first draft. */
export function ratesByPosition({ acceptedAtLeast, numDrafts }: AcceptanceCounters): number[] {
  return acceptedAtLeast.map((count) => (numDrafts > 0 ? count / numDrafts : Number.NaN));
}

/** vLLM's log line about the same run. */
export function metricsLine(counters: AcceptanceCounters, seconds: number): string {
  const perSecond = (count: number) => (seconds > 0 ? count / seconds : 0).toFixed(2);
  const { accepted, drafted } = counters;
  return [
    `SpecDecoding metrics: Mean acceptance length: ${fixed(meanAcceptanceLength(counters), 2)}`,
    `Accepted throughput: ${perSecond(accepted)} tokens/s`,
    `Drafted throughput: ${perSecond(drafted)} tokens/s`,
    `Accepted: ${accepted} tokens`,
    `Drafted: ${drafted} tokens`,
    `Per-position acceptance rate: ${positionRatesText(counters)}`,
    `Avg Draft acceptance rate: ${fixed(100 * acceptanceRate(counters), 1)}%`,
  ].join(', ');
}

/** "0.600, 0.600, 0.200" */
export function positionRatesText(counters: AcceptanceCounters): string {
  return ratesByPosition(counters)
    .map((rate) => fixed(rate, 3))
    .join(', ');
}

/** NaN as Python prints it. */
function fixed(value: number, decimals: number): string {
  return Number.isNaN(value) ? 'nan' : value.toFixed(decimals);
}
