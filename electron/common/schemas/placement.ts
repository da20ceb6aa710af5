/** All ranks of a set-up at once: experts, replicas and bytes of every rank, as columns; and what moves between two set-ups. */
import { z } from 'zod';
import { bytes, count, micros, parallelSchema, typed } from './primitives.ts';

/** Kinds of parameters that bytes are counted by, in reading order; the columns of `bytes` below. */
export const byteKinds = [
  'routedExperts',
  'sharedExperts',
  'denseMlp',
  'attention',
  'router',
  'norms',
  'ehProj',
  'embedding',
  'head',
  'scales',
] as const;
export type ByteKind = (typeof byteKinds)[number];

/** Memory for the parameters of one model on every rank. */
const rankBytesSchema = z.object({
  /** [ranks, byteKinds], row by row. A rank whose parameters can't be built has zeros. */
  bytes: typed<Float64Array>(Float64Array),
  /** [ranks]: the sum of the row. */
  total: typed<Float64Array>(Float64Array),
  /** Largest total by their mean over the ranks; 1 = even. */
  imbalance: z.number().min(1),
  /** What the reference raises while it builds the model, and on which ranks. */
  errors: z.array(z.object({ type: z.string(), message: z.string(), ranks: z.array(count) })),
});

/** Every (tp, dp, ep) rank: rank = data-parallel rank x tensor-parallel size + tensor-parallel rank. */
export const placementSchema = z.object({
  checkpointId: count,
  parallel: parallelSchema,
  numRanks: count,
  useExpertParallel: z.boolean(),
  /** Ranks that share the experts; without expert parallelism 1, and every rank has a slice of each expert. */
  epSize: count,
  moeTpSize: count,
  policy: z.object({
    asked: z.enum(['linear', 'roundRobin']),
    inForce: z.enum(['linear', 'roundRobin']),
    /** Why it is another than the one asked for; null = it is not. */
    reason: z.string().nullable(),
  }),
  numLogicalExperts: count,
  numPhysicalExperts: count,
  /** Shared experts that are loaded as further routed ones, on every rank. Their ids are numLogicalExperts + 0, 1, ... */
  numFusedSharedExperts: count,
  /** All layers of the target, then the MTP layers: whether each has routed experts. */
  layers: z.array(z.object({ layer: count, hasExperts: z.boolean(), isMtp: z.boolean() })),
  /** [physical experts]: the logical expert that each one is. */
  physicalToLogical: typed<Int32Array>(Int32Array),
  /** [logical experts]: physical experts that are this one; 1 = no copy. */
  replicas: typed<Int32Array>(Int32Array),
  /** Rows of the expert weights, rank by rank: those of rank r are start[r] .. start[r + 1]. The same in every layer. */
  slots: z.object({
    /** [ranks + 1] */
    start: typed<Int32Array>(Int32Array),
    /** Physical expert; numPhysicalExperts + j = fused shared expert j. */
    physical: typed<Int32Array>(Int32Array),
    /** The expert (logical) for which tokens are sent here. */
    routed: typed<Int32Array>(Int32Array),
    /** The expert (logical) whose weights the loader of the drafter puts here; -1 = none ever. */
    loadedByDrafter: typed<Int32Array>(Int32Array),
    loadedByTarget: typed<Int32Array>(Int32Array),
  }),
  /** Copies of one expert on one rank: the second is of no use there. */
  replicasOnOneRank: z.array(z.object({ rank: count, expert: count, physical: z.array(count) })),
  /** Rows (indices into the columns of slots) where tokens meet other weights than those they are sent for, or none. */
  mismatches: z.object({ drafter: typed<Int32Array>(Int32Array), target: typed<Int32Array>(Int32Array) }),
  drafter: rankBytesSchema,
  target: rankBytesSchema,
  /** What the drafter's loader takes from the checkpoint on each rank; null = the drafter can't be built. */
  tensors: z
    .object({
      /** [ranks] */
      loaded: typed<Int32Array>(Int32Array),
      /** [ranks]: bytes of those tensors; under tensor parallelism a rank copies a part of them. */
      loadedBytes: typed<Float64Array>(Float64Array),
      /** [ranks]: tensors of experts that another rank holds. */
      elsewhere: typed<Int32Array>(Int32Array),
    })
    .nullable(),
  notes: z.array(z.string()),
  micros,
});

/** What every rank has to receive when one set-up is changed into another, from where, in experts and bytes. */
export const movesSchema = z.object({
  from: parallelSchema,
  to: parallelSchema,
  /** One entry a move: a rank of `to` needs an expert, or a part of it, that it did not hold. */
  moves: z.object({
    /** logical expert */
    expert: typed<Int32Array>(Int32Array),
    /** Lowest rank of `from` that holds some of what is missing; -1 = none. */
    fromRank: typed<Int32Array>(Int32Array),
    toRank: typed<Int32Array>(Int32Array),
    /** Over all MoE layers. */
    bytes: typed<Float64Array>(Float64Array),
  }),
  /** Bytes that ranks of `to` receive, of all that they hold; routed experts only. */
  movedBytes: bytes,
  heldBytes: bytes,
  micros,
});
