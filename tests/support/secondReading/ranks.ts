/** Second reading, section 3 of the specification: who holds which experts and which rows of the vocabulary. */
import { Raised } from './tensors.ts';

export interface Parallel {
  tp_size: number;
  tp_rank: number;
  dp_size?: number;
  dp_rank?: number;
  enable_expert_parallel?: boolean;
  expert_placement_strategy?: string;
  all2all_backend?: string;
  enable_eplb?: boolean;
  num_redundant_experts?: number;
  aiter_fused_moe?: boolean;
  aiter_fused_shared_experts?: boolean;
  use_mla?: boolean;
}

export interface ExpertRanks {
  useEp: boolean;
  epSize: number;
  epRank: number;
  mt: number;
  m: number;
  physical: number;
  placement: string;
  /** Expert rows of this rank, fused shared ones included. */
  rows: number;
  map: number[] | null;
  sharedSlots: number;
}

export function flatSize(parallel: Parallel): number {
  return (parallel.dp_size ?? 1) * parallel.tp_size;
}

export function usesEp(parallel: Parallel): boolean {
  return parallel.enable_expert_parallel === true && flatSize(parallel) > 1;
}

/** Raises what building the first expert layer raises. */
export function expertRanks(experts: number, shared: number, nGroup: number, parallel: Parallel): ExpertRanks {
  const flat = flatSize(parallel);
  const rank = (parallel.dp_rank ?? 0) * parallel.tp_size + parallel.tp_rank;
  const useEp = usesEp(parallel);
  const redundant = parallel.num_redundant_experts ?? 0;
  const physical = experts + redundant;
  const sharedSlots = parallel.aiter_fused_shared_experts ? shared : 0;
  if (!useEp) {
    const rows = physical + sharedSlots;
    return {
      useEp,
      epSize: 1,
      epRank: 0,
      mt: flat,
      m: rank,
      physical,
      placement: 'linear',
      rows,
      map: null,
      sharedSlots,
    };
  }
  if (parallel.enable_eplb && physical % flat !== 0) throw new Raised('AssertionError');
  if (!parallel.enable_eplb && redundant > 0) throw new Raised('AssertionError');
  const backendAllows = (parallel.dp_size ?? 1) === 1 || parallel.all2all_backend === 'deepep_low_latency';
  const roundRobin =
    parallel.expert_placement_strategy === 'round_robin' &&
    nGroup > 1 &&
    redundant === 0 &&
    !parallel.enable_eplb &&
    backendAllows;
  const base = Math.floor(physical / flat);
  const extra = physical % flat;
  const local = rank < extra ? base + 1 : base;
  const map: number[] = new Array(physical).fill(-1);
  if (roundRobin) {
    if (rank > physical) throw new Raised('RuntimeError');
    for (let own = 0, global = rank; global < physical; global += flat) map[global] = own++;
  } else {
    const first = rank * base + Math.min(rank, extra);
    for (let own = 0; own < local; own++) map[first + own] = own;
  }
  for (let slot = 0; slot < sharedSlots; slot++) map.push(local + slot);
  const placement = roundRobin ? 'round_robin' : 'linear';
  const rows = local + sharedSlots;
  return { useEp, epSize: flat, epRank: rank, mt: 1, m: 0, physical, placement, rows, map, sharedSlots };
}

const sequenceParallelBackends = [
  'allgather_reducescatter',
  'naive',
  'deepep_high_throughput',
  'deepep_low_latency',
  'mori',
];

/** The shared experts' linears are built without tensor parallelism. */
export function sequenceParallelMoe(parallel: Parallel): boolean {
  return (
    usesEp(parallel) &&
    parallel.tp_size > 1 &&
    (parallel.dp_size ?? 1) > 1 &&
    sequenceParallelBackends.includes(parallel.all2all_backend ?? 'allgather_reducescatter')
  );
}
