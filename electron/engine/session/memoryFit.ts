/** Whether a load fits the memory there is: the refusal before it starts, and the same in words. */
import type { ParallelConfig } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { byteKinds } from '../../common/schemas/placement.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import type { BackendKind } from '../kernels/kernels.ts';
import { mostRanks, needOfRanks, type RunNeed, type SmallerRank, smallerRank } from './memoryNeed.ts';
import type { WeightPlan } from './weightPlan.ts';

/** Device memory through which one reader hands on what it has read; see native/cuda/staging.cu. */
const stagingBytes = { perReader: 2 * (8 << 20), mostReaders: 16 } as const;

/**
 * Bytes that a load may take of a device; 0 = unknown.
 * @param memoryFree bytes, 0 = unknown
 * @param givenBack bytes of present weights that go first
 */
export function roomOn(kind: BackendKind, memoryFree: number, givenBack: number, readers: number): number {
  if (memoryFree <= 0) return 0;
  const { perReader, mostReaders } = stagingBytes;
  const staging = kind === 'cuda' ? perReader * Math.min(readers, mostReaders) : 0;
  return Math.max(1, memoryFree + givenBack - staging);
}

/** "688.57 GB", "21.54 MB": two decimals, enough to compare with what a machine has. */
export function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** The largest parts of a sum in words, the rest as one. */
export function partsText(byKind: Float64Array): string {
  const parts = byteKinds
    .map((kind, at) => ({ kind, bytes: byKind[at] ?? 0 }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const rest = parts.slice(3).reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    ...parts.slice(0, 3).map(({ kind, bytes }) => `${kindNames[kind]} ${sizeText(bytes)}`),
    ...(rest > 0 ? [`the rest ${sizeText(rest)}`] : []),
  ].join(', ');
}

const kindNames: Readonly<Record<(typeof byteKinds)[number], string>> = {
  routedExperts: 'routed experts',
  sharedExperts: 'shared experts',
  denseMlp: 'dense MLP',
  attention: 'attention',
  router: 'router',
  norms: 'norms',
  ehProj: 'eh_proj',
  embedding: 'embedding',
  head: 'head',
  scales: 'scales',
};

/** "one of 64 ranks (tensor-parallel size 16, ...) needs 12.30 GB and fits"; null: nothing smaller does. */
export function smallerText(smaller: SmallerRank | null): string {
  if (smaller === null) return `one of ${mostRanks} ranks does not fit either`;
  const { tensorParallelSize, dataParallelSize, enableExpertParallel } = smaller.parallel;
  const split = `tensor-parallel size ${tensorParallelSize}${dataParallelSize > 1 ? `, data-parallel size ${dataParallelSize}` : ''}`;
  return `one of ${smaller.ranks} ranks (${split}${enableExpertParallel ? ', expert parallelism' : ''}) needs ${sizeText(smaller.bytes)} and fits`;
}

export interface WeightNeed {
  /** Bytes of what is to be loaded. */
  readonly weights: number;
  /** Bytes of the MTP layers' own embedding and heads: of the weights, or left out of them where they are shared. */
  readonly ownTables: number;
  readonly sharesTables: boolean;
  /** null = it is only loaded. */
  readonly run: RunNeed | null;
}

/** What a refusal has to know of a plan's embeddings and heads. */
export function tablesOf({
  ownTableBytes,
  sharesTables,
}: Pick<WeightPlan, 'ownTableBytes' | 'sharesTables'>): Pick<WeightNeed, 'ownTables' | 'sharesTables'> {
  return { ownTables: ownTableBytes, sharesTables };
}

/**
 * Refuses a load before it starts.
 * @param free bytes that it may take; 0 = unknown, and nothing is refused
 * @throws FailureError outOfMemory, with the sum and what would fit
 */
export function refuseTooLarge(checkpoint: Checkpoint, parallel: ParallelConfig, need: WeightNeed, free: number): void {
  const total = need.run?.total ?? need.weights;
  if (free <= 0 || total <= free) return;
  const needs = needOfRanks(checkpoint, parallel, need.sharesTables);
  const own = typeof needs === 'string' ? undefined : needs.find(({ ranks }) => ranks.includes(parallel.rank));
  const parts = own === undefined ? '' : ` (${partsText(own.byKind)})`;
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  const message =
    need.run === null
      ? `Rank ${parallel.rank} of ${ranks} needs ${sizeText(total)} of memory for its weights${parts}, and ${sizeText(free)} are free.`
      : `Running the whole model needs ${sizeText(total)} of memory (weights ${sizeText(need.run.weights)}, KV cache of ${need.run.rows} tokens ${sizeText(need.run.cache)}, activations ${sizeText(need.run.activations)}), and ${sizeText(free)} are free.`;
  throw new FailureError('outOfMemory', message, { hint: hintOf(checkpoint, parallel, need, free) });
}

function hintOf(
  checkpoint: Checkpoint,
  parallel: ParallelConfig,
  { weights, ownTables, sharesTables, run }: WeightNeed,
  free: number,
): string {
  const hints: string[] = [];
  if (run !== null && run.weights + run.activations < free)
    hints.push('The weights alone would fit: ask for fewer tokens.');
  if (ownTables > 0 && !sharesTables) {
    const without = (run?.total ?? weights) - ownTables;
    hints.push(
      `With the target's embedding and head in place of the MTP layers' own (--share-embed-head) it would be ${sizeText(without)}, which ${without <= free ? 'would fit' : 'does not fit either'}.`,
    );
  }
  const smaller = smallerText(smallerRank(checkpoint, parallel, sharesTables, free));
  const toRun = run === null ? '' : ', though only the whole model can run here';
  hints.push(`For loading alone, ${smaller}${toRun}; the plan is complete without any weights.`);
  return hints.join(' ');
}
