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

/** What all ranks of a set-up have in common. */
export interface GroupPlacement {
  readonly config: ModelConfig;
  readonly parallel: ParallelConfig;
  readonly numRanks: number;
  readonly useExpertParallel: boolean;
  readonly epSize: number;
  readonly numLogicalExperts: number;
  readonly numPhysicalExperts: number;
  readonly numFusedSharedExperts: number;
  readonly physicalToLogical: readonly number[];
  readonly policy: PlacementPolicy;
  /** Why the policy is not the one that was asked for; null = it is. */
  readonly fallback: string | null;
  readonly notes: readonly string[];
  readonly expertsOfRank: ExpertPlacement['expertsOfRank'];
}

/** Places what does not depend on the rank that is looked at; `parallel.rank` is ignored. */
export function placeGroup(config: ModelConfig, parallel: ParallelConfig): GroupPlacement {
  const numRanks = parallel.dataParallelSize * parallel.tensorParallelSize;
  const useExpertParallel = parallel.enableExpertParallel && numRanks > 1;
  const numLogicalExperts = config.nRoutedExperts ?? 0;
  const numPhysicalExperts = numLogicalExperts + parallel.numRedundantExperts;
  const epSize = useExpertParallel ? numRanks : 1;
  const { policy, fallback } = effectivePolicy(config, parallel, useExpertParallel);
  return {
    config,
    parallel,
    numRanks,
    useExpertParallel,
    epSize,
    numLogicalExperts,
    numPhysicalExperts,
    numFusedSharedExperts:
      parallel.aiterFusedMoe && parallel.aiterFusedSharedExperts ? (config.nSharedExperts ?? 0) : 0,
    physicalToLogical: initialPhysicalToLogical(numLogicalExperts, parallel.numRedundantExperts),
    policy,
    fallback,
    notes: [...(fallback === null ? [] : [fallback]), ...redundancyNotes(parallel, useExpertParallel)],
    expertsOfRank: Array.from({ length: epSize }, (_, rank) => expertsOf(numPhysicalExperts, epSize, rank, policy)),
  };
}

/** Places every cut of one rank. Never throws: what the reference would raise is data in `expertError` and `vocab`. */
export function placeRank(config: ModelConfig, parallel: ParallelConfig): RankPlacement {
  return rankOf(placeGroup(config, parallel), parallel.rank);
}

/** One rank of a placed group. */
export function rankOf(group: GroupPlacement, rank: number): RankPlacement {
  const { config, parallel, useExpertParallel, epSize, policy, numFusedSharedExperts } = group;
  const { tensorParallelSize: tpSize, dataParallelSize: dpSize } = parallel;
  const { dpRank, tpRank } = splitRank(rank, tpSize);
  const epRank = useExpertParallel ? rank : 0;
  const local = localExperts(group.numPhysicalExperts, epSize, epRank, policy);
  const placed: LocalExperts = 'type' in local ? { count: 0, map: null } : local;
  const expertMap =
    placed.map === null
      ? null
      : [...placed.map, ...Array.from({ length: numFusedSharedExperts }, (_, index) => placed.count + index)];
  const sequenceParallel =
    useExpertParallel && tpSize > 1 && dpSize > 1 && sequenceParallelBackends.includes(parallel.all2allBackend);
  const experts: ExpertPlacement = {
    useExpertParallel,
    epSize,
    epRank,
    moeTpSize: useExpertParallel ? 1 : group.numRanks,
    moeTpRank: useExpertParallel ? 0 : rank,
    numLogicalExperts: group.numLogicalExperts,
    numPhysicalExperts: group.numPhysicalExperts,
    physicalToLogical: group.physicalToLogical,
    policy,
    expertMap,
    expertsOfRank: group.expertsOfRank,
    notes: group.notes,
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
    numLocalExperts: placed.count + numFusedSharedExperts,
    numFusedSharedExperts,
    numLocalPhysicalExperts: Math.floor(group.numPhysicalExperts / group.numRanks),
    expertMask:
      expertMap !== null && parallel.aiterFusedMoe ? [...expertMap.map((index) => (index >= 0 ? 1 : 0)), 0] : null,
    expertError:
      expertErrorOf(parallel, useExpertParallel, group.numPhysicalExperts, epSize) ?? ('type' in local ? local : null),
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
): { readonly policy: PlacementPolicy; readonly fallback: string | null } {
  if (parallel.expertPlacementStrategy === 'linear') return { policy: 'linear', fallback: null };
  const fallback = (reason: string) => ({
    policy: 'linear' as const,
    fallback: `Round-robin placement was asked for, but the engine falls back to linear: ${reason}.`,
  });
  if (!useExpertParallel) return fallback('expert parallelism is not active, so every rank holds every expert');
  if ((config.nGroup ?? 0) <= 1) return fallback('it needs more than one expert group (n_group)');
  if (parallel.numRedundantExperts > 0) return fallback('it does not go together with redundant experts');
  if (parallel.enableEplb) return fallback('it does not go together with expert load balancing');
  if (parallel.dataParallelSize > 1 && parallel.all2allBackend !== 'deepep_low_latency')
    return fallback(`the all2all backend ${parallel.all2allBackend} does not support it, only deepep_low_latency does`);
  return { policy: 'roundRobin', fallback: null };
}

function redundancyNotes(parallel: ParallelConfig, useExpertParallel: boolean): string[] {
  if (parallel.numRedundantExperts === 0 || !useExpertParallel) return [];
  return [
    `${parallel.numRedundantExperts} redundant expert slots are allocated, but the MTP loader of the reference never fills them.`,
  ];
}
