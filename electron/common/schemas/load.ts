/** A load of weights, running or ended. */
import { z } from 'zod';
import { bytes, count, failureSchema, micros, parallelSchema } from './primitives.ts';

/** A load, running or ended. Everything is counted in tensors and bytes of the files. */
export const loadStateSchema = z.object({
  /** Grows with every load and decode of the engine. */
  run: count,
  checkpointId: count,
  /** The set-up and the rank that are loaded. */
  parallel: parallelSchema,
  status: z.enum(['running', 'done', 'cancelled', 'failed']),
  threads: count,
  backend: z.enum(['cpu', 'cuda']),
  tensorsTotal: count,
  tensorsDone: count,
  bytesTotal: bytes,
  bytesRead: bytes,
  micros,
  /** Target and drafter tensors that are read, and what is left out, by reason. */
  groups: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      kind: z.enum(['loaded', 'skipped', 'error']),
      tensors: count,
      bytes,
      doneTensors: count,
      doneBytes: bytes,
    }),
  ),
  parametersTotal: count,
  parameterBytes: bytes,
  /** Bytes read over time, at most 200 points; both counted from the start. */
  timeline: z.array(z.object({ micros, bytes })),
  failure: failureSchema.nullable(),
});
