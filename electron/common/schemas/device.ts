/** What computes, and whether what is to be loaded fits its memory. */
import { z } from 'zod';
import type { DeviceChoice, DeviceId } from '../domain.ts';
import { bytes, count, parallelSchema, typed } from './primitives.ts';

export const deviceIdSchema = z.custom<DeviceId>(
  (value) => typeof value === 'string' && /^(cpu|cuda:\d{1,4})$/.test(value),
);

/** A device, or a backend that has none; see BackendReport of the engine. */
export const backendSchema = z.object({
  kind: z.enum(['cpu', 'cuda']),
  id: deviceIdSchema,
  available: z.boolean(),
  name: z.string(),
  instructions: z.string(),
  driver: z.string(),
  detail: z.string(),
  threads: count,
  memoryTotal: bytes,
  memoryFree: bytes,
});

export const deviceChoiceSchema: z.ZodType<DeviceChoice> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('auto') }),
  z.object({ kind: z.literal('cpu') }),
  z.object({ kind: z.literal('cuda'), index: z.number().int().min(0).max(9999) }),
]);

/** What was chosen for the next load or decode, and the device that this comes to. */
export const deviceStateSchema = z.object({
  backends: z.array(backendSchema),
  choice: deviceChoiceSchema,
  /** null = it can't be used. */
  active: deviceIdSchema.nullable(),
});

/** Memory to run the model, whole on one rank. */
export const runNeedSchema = z.object({
  /** Tokens of context that the caches are for. */
  rows: count,
  weights: bytes,
  /** The MTP layers' own embedding and heads: of the weights, or left out where they are shared. */
  ownTables: bytes,
  cache: bytes,
  /** Hidden rows, activations of a pass, logits. */
  activations: bytes,
  total: bytes,
});

/** What would fit where something does not. */
export const smallerRankSchema = z.object({ parallel: parallelSchema, ranks: count, bytes });

export const memoryNeedSchema = z.object({
  checkpointId: count,
  parallel: parallelSchema,
  /** The drafter uses the target's embedding and head, and its own are not counted. */
  sharesTables: z.boolean(),
  /** Ranks that need the same are told together, in the order of their first. A rank loads target and drafter. */
  ranks: z.array(
    z.object({
      ranks: z.array(count),
      target: bytes,
      drafter: bytes,
      /** The drafter's own embedding and heads: of its bytes, or left out where they are shared. */
      ownTables: bytes,
      total: bytes,
      /** [byteKinds], of target and drafter together. */
      byKind: typed<Float64Array>(Float64Array),
    }),
  ),
  /** Why no sum can be told; null = it can. */
  failure: z.string().nullable(),
  run: runNeedSchema.nullable(),
  /** Why it can't be run here; null = it could, with memory. */
  notRunnable: z.string().nullable(),
  devices: z.array(
    z.object({
      id: deviceIdSchema,
      /** Bytes that a load may take: what is free and what present weights give back. 0 = unknown. */
      free: bytes,
      /** The smallest number of ranks one of which fits; null = the chosen set-up's do, or none up to the most there can be. */
      smaller: smallerRankSchema.nullable(),
    }),
  ),
});
