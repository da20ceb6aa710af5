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
export type RunNeed = Omit<NonNullable<MemoryNeed['run']>, 'ownTables'>;
export type SmallerRank = NonNullable<MemoryNeed['devices'][number]['smaller']>;

/** Tokens of context where nobody says how many. */
export const usualRows = 4096;
export const mostRanks = 1024;
/** Of the drafter: what the reference replaces by the target's once it has loaded. */
const tableKinds: ReadonlySet<(typeof byteKinds)[number]> = new Set(['embedding', 'head']);

/**
 * What each rank of a set-up needs for its weights, ranks that need the same together; or why it can't be told.
 * @param sharesTables the drafter uses the target's embedding and head
 */
export function needOfRanks(
  checkpoint: Checkpoint,
  parallel: ParallelConfig,
  sharesTables: boolean,
): readonly RankNeed[] | string {
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
    let ownTables = 0;
    const byKind = Float64Array.from(byteKinds, (kind, index) => {
      const at = rank * byteKinds.length + index;
      const ofTarget = target.bytes[at] ?? 0;
      const ofDrafter = drafter?.bytes[at] ?? 0;
      if (!tableKinds.has(kind)) return ofTarget + ofDrafter;
      ownTables += ofDrafter;
      return ofTarget + (sharesTables ? 0 : ofDrafter);
    });
    const ofTarget = target.total[rank] ?? 0;
    const ofDrafter = (drafter?.total[rank] ?? 0) - (sharesTables ? ownTables : 0);
    const key = byKind.join(' ');
    const same = needs.get(key);
    if (same === undefined) {
      const total = ofTarget + ofDrafter;
      needs.set(key, { ranks: [rank], target: ofTarget, drafter: ofDrafter, ownTables, total, byKind });
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
  return { rows, weights, cache, activations, total: weights + cache + activations };
}

/**
 * The smallest number of ranks, doubling from the set-up's, one of which fits, split into tensor- and data-parallel ranks
 * so that it needs least; null = none up to the most.
 */
export function smallerRank(
  checkpoint: Checkpoint,
  parallel: ParallelConfig,
  sharesTables: boolean,
  free: number,
): SmallerRank | null {
  const enableExpertParallel = checkpoint.config.nRoutedExperts !== null;
  for (let ranks = 2; ranks <= mostRanks; ranks *= 2) {
    if (ranks <= parallel.tensorParallelSize * parallel.dataParallelSize) continue;
    let best: SmallerRank | null = null;
    // More tensor-parallel ranks cut more, so the first split that can be built is the smallest.
    for (let tensorParallelSize = ranks; tensorParallelSize >= 1 && best === null; tensorParallelSize /= 2) {
      const sizes = { tensorParallelSize, dataParallelSize: ranks / tensorParallelSize };
      const split = { ...parallel, ...sizes, enableExpertParallel, rank: 0 };
      const needs = needOfRanks(checkpoint, split, sharesTables);
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
  sharesTables: boolean,
  devices: readonly Pick<MemoryNeed['devices'][number], 'id' | 'free'>[],
): MemoryNeed {
  const needs = needOfRanks(checkpoint, parallel, sharesTables);
  const told = { checkpointId, parallel: { ...parallel }, sharesTables };
  if (typeof needs === 'string') {
    const nothing = { ranks: [], run: null, notRunnable: needs, failure: needs };
    return { ...told, ...nothing, devices: devices.map((device) => ({ ...device, smaller: null })) };
  }
  const most = Math.max(...needs.map(({ total }) => total));
  return {
    ...told,
    ranks: [...needs],
    failure: null,
    ...runNeedOrReason(checkpoint, parallel, sharesTables),
    devices: devices.map(({ id, free }) => ({
      id,
      free,
      smaller: free <= 0 || most <= free ? null : smallerRank(checkpoint, parallel, sharesTables, free),
    })),
  };
}

function runNeedOrReason(
  checkpoint: Checkpoint,
  parallel: ParallelConfig,
  sharesTables: boolean,
): Pick<MemoryNeed, 'run' | 'notRunnable'> {
  const whole = { ...parallel, tensorParallelSize: 1, dataParallelSize: 1, rank: 0 };
  const [need] = needOfRanks(checkpoint, whole, sharesTables);
  if (need === undefined || typeof need === 'string') return { run: null, notRunnable: need ?? null };
  try {
    const rows = Math.min(usualRows, checkpoint.config.maxPositionEmbeddings);
    const run = { ...needToRun(checkpoint, need.total, rows), ownTables: need.ownTables };
    return { run, notRunnable: null };
  } catch (error) {
    return { run: null, notRunnable: toFailure(error).message };
  }
}
