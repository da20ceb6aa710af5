/** Which rank holds which expert: the engine's mixture-of-experts parallel set-up, from config and options. */
import type {
  ExpertPlacement,
  ModelConfig,
  ParallelConfig,
  PlacementPolicy,
  RaisedError,
  RankPlacement,
} from '../../common/domain.ts';
import { initialPhysicalToLogical } from './eplb.ts';
import { splitRank, vocabShard } from './tensorParallel.ts';

export interface LocalExperts {
  /** Physical experts that the rank's weights have room for. */
  readonly count: number;
  /** physical -> local, -1 = elsewhere; null = all local. */
  readonly map: readonly number[] | null;
}

/**
 * The experts of one expert-parallel rank. The first ranks take the remainder.
 * @returns what the reference raises for a round-robin rank past the number of experts.
 */
export function localExperts(
  numPhysical: number,
  epSize: number,
  epRank: number,
  policy: PlacementPolicy,
): LocalExperts | RaisedError {
  if (epSize === 1) return { count: numPhysical, map: null };
  const base = Math.floor(numPhysical / epSize);
  const remainder = numPhysical % epSize;
  const count = epRank < remainder ? base + 1 : base;
  const map = new Array<number>(numPhysical).fill(-1);
  if (policy === 'linear') {
    const first = epRank * base + Math.min(epRank, remainder);
    for (let local = 0; local < count; local++) map[first + local] = local;
  } else {
    if (epRank > numPhysical)
      return {
        type: 'RuntimeError',
        message: `Round-robin placement cannot start at expert ${epRank}: there are only ${numPhysical}.`,
      };
    for (let local = 0; local < count; local++) map[epRank + local * epSize] = local;
  }
  return { count, map };
}

const sequenceParallelBackends: readonly string[] = [
  'allgather_reducescatter',
  'naive',
  'deepep_high_throughput',
  'deepep_low_latency',
  'mori',
];

/** Places every cut of one rank. Never throws: what the reference would raise is data in `expertError` and `vocab`. */
export function placeRank(config: ModelConfig, parallel: ParallelConfig): RankPlacement {
  const { tensorParallelSize: tpSize, dataParallelSize: dpSize } = parallel;
  const { dpRank, tpRank } = splitRank(parallel.rank, tpSize);
  const groupSize = dpSize * tpSize;
  const useExpertParallel = parallel.enableExpertParallel && groupSize > 1;
  const numLogical = config.nRoutedExperts ?? 0;
  const numPhysical = numLogical + parallel.numRedundantExperts;
  const epSize = useExpertParallel ? groupSize : 1;
  const epRank = useExpertParallel ? parallel.rank : 0;
  const { policy, notes } = effectivePolicy(config, parallel, useExpertParallel);
  const numFusedShared = parallel.aiterFusedMoe && parallel.aiterFusedSharedExperts ? (config.nSharedExperts ?? 0) : 0;
  const local = localExperts(numPhysical, epSize, epRank, policy);
  const placed: LocalExperts = 'type' in local ? { count: 0, map: null } : local;
  const expertMap =
    placed.map === null
      ? null
      : [...placed.map, ...Array.from({ length: numFusedShared }, (_, index) => placed.count + index)];
  const sequenceParallel =
    useExpertParallel && tpSize > 1 && dpSize > 1 && sequenceParallelBackends.includes(parallel.all2allBackend);
  const experts: ExpertPlacement = {
    useExpertParallel,
    epSize,
    epRank,
    moeTpSize: useExpertParallel ? 1 : groupSize,
    moeTpRank: useExpertParallel ? 0 : parallel.rank,
    numLogicalExperts: numLogical,
    numPhysicalExperts: numPhysical,
    physicalToLogical: initialPhysicalToLogical(numLogical, parallel.numRedundantExperts),
    policy,
    expertMap,
    expertsOfRank: Array.from({ length: epSize }, (_, rank) => expertsOf(numPhysical, epSize, rank, policy)),
    notes: [...notes, ...redundancyNotes(parallel, useExpertParallel)],
  };
  return {
    tpSize,
    tpRank,
    dpSize,
    dpRank,
    sharedTpSize: sequenceParallel ? 1 : tpSize,
    sharedTpRank: sequenceParallel ? 0 : tpRank,
    vocab: vocabShard(config.vocabSize, tpSize, tpRank),
    experts,
    numLocalExperts: placed.count + numFusedShared,
    numFusedSharedExperts: numFusedShared,
    numLocalPhysicalExperts: Math.floor(numPhysical / groupSize),
    expertMask:
      expertMap !== null && parallel.aiterFusedMoe ? [...expertMap.map((index) => (index >= 0 ? 1 : 0)), 0] : null,
    expertError: expertErrorOf(parallel, useExpertParallel, numPhysical, epSize) ?? ('type' in local ? local : null),
  };
}

function expertsOf(numPhysical: number, epSize: number, rank: number, policy: PlacementPolicy): number[] {
  const local = localExperts(numPhysical, epSize, rank, policy);
  if ('type' in local) return [];
  if (local.map === null) return Array.from({ length: numPhysical }, (_, expert) => expert);
  return local.map.flatMap((index, expert) => (index >= 0 ? [expert] : []));
}

function expertErrorOf(
  parallel: ParallelConfig,
  useExpertParallel: boolean,
  numPhysical: number,
  epSize: number,
): RaisedError | null {
  if (!useExpertParallel) return null;
  if (parallel.enableEplb && numPhysical % epSize !== 0)
    return {
      type: 'AssertionError',
      message: `Expert load balancing needs equal shares: ${numPhysical} physical experts cannot be divided by ${epSize} ranks.`,
    };
  if (!parallel.enableEplb && parallel.numRedundantExperts > 0)
    return {
      type: 'AssertionError',
      message: `${parallel.numRedundantExperts} redundant experts are asked for, but expert load balancing is off.`,
    };
  return null;
}

/** Round robin is honoured only under conditions; otherwise the engine falls back to linear without an error. */
function effectivePolicy(
  config: ModelConfig,
  parallel: ParallelConfig,
  useExpertParallel: boolean,
): { readonly policy: PlacementPolicy; readonly notes: readonly string[] } {
  if (parallel.expertPlacementStrategy === 'linear') return { policy: 'linear', notes: [] };
  const fallback = (reason: string) => ({
    policy: 'linear' as const,
    notes: [`Round-robin placement was asked for, but the engine falls back to linear: ${reason}.`],
  });
  if (!useExpertParallel) return fallback('expert parallelism is not active, so every rank holds every expert');
  if ((config.nGroup ?? 0) <= 1) return fallback('it needs more than one expert group (n_group)');
  if (parallel.numRedundantExperts > 0) return fallback('it does not go together with redundant experts');
  if (parallel.enableEplb) return fallback('it does not go together with expert load balancing');
  if (parallel.dataParallelSize > 1 && parallel.all2allBackend !== 'deepep_low_latency')
    return fallback(`the all2all backend ${parallel.all2allBackend} does not support it, only deepep_low_latency does`);
  return { policy: 'roundRobin', notes: [] };
}

function redundancyNotes(parallel: ParallelConfig, useExpertParallel: boolean): string[] {
  if (parallel.numRedundantExperts === 0 || !useExpertParallel) return [];
  return [
    `${parallel.numRedundantExperts} redundant expert slots are allocated, but the MTP loader of the reference never fills them.`,
  ];
}
