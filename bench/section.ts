/** What a section of the benchmark is. One file a section, listed in sections.ts. */
import type { Spread } from './measure.ts';

export interface BenchContext {
  /** Runs of each thing; at least minRuns. */
  readonly runs: number;
  /** Generated checkpoints are kept here between calls. */
  readonly cacheFolder: string;
  /** A line on stderr about what is going on. */
  say(line: string): void;
}

/** One measured thing. */
export interface BenchRow {
  readonly name: string;
  readonly unit: 'ms' | 's' | 'GB/s' | 'MB' | 'tokens/s' | 'count';
  readonly value: Spread;
  /**
   * The row of the same run that this one is held against, by name: shown as a ratio of medians. A ceiling of the
   * machine, or a peer.
   */
  readonly against?: string;
  /** What the number means, where the name does not say it all. */
  readonly note?: string;
}

export interface SectionResult {
  readonly rows: readonly BenchRow[];
  /** Facts about what was measured: sizes, versions, and what was left out and why. */
  readonly facts: readonly string[];
}

export interface BenchSection {
  readonly id: string;
  readonly title: string;
  run(context: BenchContext): Promise<SectionResult>;
}
