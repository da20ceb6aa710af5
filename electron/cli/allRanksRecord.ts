/** The placement of all ranks as `plan --json` prints it, under `draftscope.all_ranks`. */
import type { Placement } from '../common/contract.ts';
import { byteKinds } from '../common/schemas/placement.ts';
import { Rows } from '../engine/loading/rows.ts';

type Json = Readonly<Record<string, unknown>>;

const policyNames = { linear: 'linear', roundRobin: 'round_robin' } as const;

/** Experts are logical; one of numLogicalExperts or more is a shared expert that is loaded as a routed one, -1 is none. */
export function allRanksRecord(placement: Placement): Json {
  const { policy, replicasOnOneRank } = placement;
  return {
    num_ranks: placement.numRanks,
    use_ep: placement.useExpertParallel,
    ep_size: placement.epSize,
    moe_tp_size: placement.moeTpSize,
    placement: policyNames[policy.inForce],
    placement_asked: policyNames[policy.asked],
    placement_reason: policy.reason,
    logical_num_experts: placement.numLogicalExperts,
    global_num_experts: placement.numPhysicalExperts,
    num_fused_shared_experts: placement.numFusedSharedExperts,
    physical_to_logical: [...placement.physicalToLogical],
    replicas: [...placement.replicas],
    replicas_on_one_rank: replicasOnOneRank.map(({ rank, expert, physical }) => ({ rank, expert, physical })),
    drafter_errors: placement.drafter.errors,
    target_errors: placement.target.errors,
    ranks: new Rows(() => rankRecords(placement)),
    notes: placement.notes,
  };
}

function* rankRecords({ numRanks, slots, drafter, target, tensors }: Placement): Generator<Json> {
  for (let rank = 0; rank < numRanks; rank++) {
    const own = (column: Int32Array) => [...column.subarray(slots.start[rank], slots.start[rank + 1])];
    yield {
      rank,
      physical_experts: own(slots.physical),
      experts: own(slots.routed),
      experts_loaded_by_drafter: own(slots.loadedByDrafter),
      experts_loaded_by_target: own(slots.loadedByTarget),
      drafter_bytes: bytesRecord(drafter, rank),
      target_bytes: bytesRecord(target, rank),
      // null: the drafter can't be built.
      tensors:
        tensors === null
          ? null
          : {
              loaded: tensors.loaded[rank],
              loaded_bytes: tensors.loadedBytes[rank],
              on_other_ranks: tensors.elsewhere[rank],
            },
    };
  }
}

/** Parameter memory by kind. Bytes; zeros where the parameters can't be built. */
function bytesRecord({ bytes, total }: Placement['drafter'], rank: number): Json {
  const ofKind = byteKinds.map((kind, at) => [snakeCase(kind), bytes[rank * byteKinds.length + at]]);
  return { total: total[rank], ...Object.fromEntries(ofKind) };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
