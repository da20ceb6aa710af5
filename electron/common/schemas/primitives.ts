/** Small schemas that several parts of the contract use. */
import { z } from 'zod';
import { failureCodes } from '../failure.ts';

// The page's policy forbids eval; schemas must not try to compile themselves, not even to find that out.
z.config({ jitless: true });

export const count = z.number().int().nonnegative();
/** A typed array crosses a port as itself; its elements are not looked at. */
export const typed = <T>(kind: abstract new (...parameters: never[]) => T) =>
  z.custom<T>((value) => value instanceof kind);
export const bytes = count;
export const micros = z.number().nonnegative();
export const ids = z.array(z.number().int());

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  message: z.string(),
  hint: z.string(),
  path: z.string().optional(),
});

export const parallelSchema = z.object({
  tensorParallelSize: z.number().int().min(1).max(1024),
  dataParallelSize: z.number().int().min(1).max(1024),
  enableExpertParallel: z.boolean(),
  expertPlacementStrategy: z.enum(['linear', 'roundRobin']),
  rank: count,
  all2allBackend: z.string(),
  enableEplb: z.boolean(),
  numRedundantExperts: count,
  aiterFusedMoe: z.boolean(),
  aiterFusedSharedExperts: z.boolean(),
  useMla: z.boolean(),
  numSpeculativeTokens: count.optional(),
});
