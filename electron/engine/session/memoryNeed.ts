/**
 * How much memory a load or a run needs, counted before anything is read; and what would fit instead. The same sums
 * stand behind refusals, the command line and the window.
 */
import type { MemoryNeed } from '../../common/contract.ts';
import type { ParallelConfig } from '../../common/domain.ts';
import { toFailure } from '../../common/failure.ts';
import { byteKinds } from '../../common/schemas/placement.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { nativeModelConfig } from '../decoding/nativeConfig.ts';
import { sequenceBytes } from '../decoding/sequenceBytes.ts';
import { otherFamilyOf } from '../loading/families/families.ts';
import { targetPackedModules } from '../loading/quantScheme.ts';
import { placeGroup } from '../placement/expertPlacement.ts';
import { bytesOfGroup } from './placementView.ts';
import { isWhole } from './weightPlan.ts';

export type RankNeed = MemoryNeed['ranks'][number];
export type RunNeed = NonNullable<MemoryNeed['run']>;
export type SmallerRank = NonNullable<MemoryNeed['devices'][number]['smaller']>;

/** Tokens of context where nobody says how many. */
export const usualRows = 4096;
export const mostRanks = 1024;

/** What each rank of a set-up needs for its weights, ranks that need the same together; or why it can't be told. */
export function needOfRanks(checkpoint: Checkpoint, parallel: ParallelConfig): readonly RankNeed[] | string {
  const { config, tensors } = checkpoint;
  const family = otherFamilyOf(config, tensors);
  if (family !== null) return `${config.modelType} is another family, which is not loaded here.`;
  const group = placeGroup(config, parallel);
  const means = { quantization: config.quantization, packedModules: targetPackedModules(config.qLoraRank !== null) };
  const target = bytesOfGroup('target', group, means);
  const drafts = (config.numNextnPredictLayers ?? 0) > 0;
  const drafter = drafts ? drafterBytes() : null;
  const [error] = [...target.errors, ...(drafter?.errors ?? [])];
  if (error !== undefined) return `The reference can't build the model: ${error.message}`;

  function drafterBytes() {
    if (!isWhole(parallel)) return bytesOfGroup('drafter', group, means);
    const names = new Set(tensors.map(({ name }) => name));
    return bytesOfGroup('drafterModules', group, means, (name) => names.has(name));
  }

  const needs = new Map<string, RankNeed>();
  for (let rank = 0; rank < group.numRanks; rank++) {
    const byKind = Float64Array.from(byteKinds, (_, kind) => {
      const at = rank * byteKinds.length + kind;
      return (target.bytes[at] ?? 0) + (drafter?.bytes[at] ?? 0);
    });
    const ofTarget = target.total[rank] ?? 0;
    const ofDrafter = drafter?.total[rank] ?? 0;
    const key = byKind.join(' ');
    const same = needs.get(key);
    if (same === undefined) {
      needs.set(key, { ranks: [rank], target: ofTarget, drafter: ofDrafter, total: ofTarget + ofDrafter, byKind });
    } else same.ranks.push(rank);
  }
  return [...needs.values()];
}

/**
 * To run the model with a text of so many tokens; weights are those of a single rank.
 * @throws FailureError notRunnable
 */
export function needToRun(checkpoint: Checkpoint, weights: number, rows: number): RunNeed {
  const { config } = checkpoint;
  const native = nativeModelConfig(config, config.numNextnPredictLayers ?? 0);
  const { cache, activations } = sequenceBytes(native, rows);
  return { rows, weights, copies: copiesOf(checkpoint), cache, activations, total: weights + cache + activations };
}

/** Bytes of the MTP layers' own copies of embedding and head. */
export function copiesOf({ config, tensors }: Checkpoint): number {
  return tensors.reduce((sum, { name, begin, end }) => {
    const [, layer] = /^model\.layers\.(\d+)\.(?:embed_tokens|shared_head\.head)\.weight$/.exec(name) ?? [];
    return layer !== undefined && Number(layer) >= config.numHiddenLayers ? sum + end - begin : sum;
  }, 0);
}

/**
 * The smallest number of ranks, doubling from the set-up's, one of which fits, split into tensor- and data-parallel ranks
 * so that it needs least; null = none up to the most.
 */
export function smallerRank(checkpoint: Checkpoint, parallel: ParallelConfig, free: number): SmallerRank | null {
  const enableExpertParallel = checkpoint.config.nRoutedExperts !== null;
  for (let ranks = 2; ranks <= mostRanks; ranks *= 2) {
    if (ranks <= parallel.tensorParallelSize * parallel.dataParallelSize) continue;
    let best: SmallerRank | null = null;
    // More tensor-parallel ranks cut more, so the first split that can be built is the smallest.
    for (let tensorParallelSize = ranks; tensorParallelSize >= 1 && best === null; tensorParallelSize /= 2) {
      const sizes = { tensorParallelSize, dataParallelSize: ranks / tensorParallelSize };
      const split = { ...parallel, ...sizes, enableExpertParallel, rank: 0 };
      const needs = needOfRanks(checkpoint, split);
      if (typeof needs === 'string') continue;
      best = { parallel: split, ranks, bytes: Math.max(...needs.map(({ total }) => total)) };
    }
    if (best !== null && best.bytes <= free) return best;
  }
  return null;
}

/** @param devices with the bytes that a load may take of each; 0 = unknown */
export function memoryNeed(
  checkpoint: Checkpoint,
  checkpointId: number,
  parallel: ParallelConfig,
  devices: readonly Pick<MemoryNeed['devices'][number], 'id' | 'free'>[],
): MemoryNeed {
  const needs = needOfRanks(checkpoint, parallel);
  const told = { checkpointId, parallel: { ...parallel } };
  if (typeof needs === 'string') {
    const nothing = { ranks: [], run: null, notRunnable: needs, failure: needs };
    return { ...told, ...nothing, devices: devices.map((device) => ({ ...device, smaller: null })) };
  }
  const most = Math.max(...needs.map(({ total }) => total));
  return {
    ...told,
    ranks: [...needs],
    failure: null,
    ...runNeedOrReason(checkpoint, parallel),
    devices: devices.map(({ id, free }) => ({
      id,
      free,
      smaller: free <= 0 || most <= free ? null : smallerRank(checkpoint, parallel, free),
    })),
  };
}

function runNeedOrReason(checkpoint: Checkpoint, parallel: ParallelConfig): Pick<MemoryNeed, 'run' | 'notRunnable'> {
  const whole = { ...parallel, tensorParallelSize: 1, dataParallelSize: 1, rank: 0 };
  const [need] = needOfRanks(checkpoint, whole);
  if (need === undefined || typeof need === 'string') return { run: null, notRunnable: need ?? null };
  try {
    const rows = Math.min(usualRows, checkpoint.config.maxPositionEmbeddings);
    return { run: needToRun(checkpoint, need.total, rows), notRunnable: null };
  } catch (error) {
    return { run: null, notRunnable: toFailure(error).message };
  }
}
