/** A load of weights, running or ended. */
import { z } from 'zod';
import { bytes, count, failureSchema, micros, parallelSchema, typed } from './primitives.ts';

/** A load, running or ended. Everything is counted in tensors and bytes of the files. */
export const loadStateSchema = z.object({
  /** Grows with every load and decode of the engine. */
  run: count,
  checkpointId: count,
  /** The set-up and the rank that are loaded. */
  parallel: parallelSchema,
  status: z.enum(['running', 'done', 'cancelled', 'failed']),
  /** Running, but no further read is begun. */
  paused: z.boolean(),
  threads: count,
  backend: z.enum(['cpu', 'cuda']),
  tensorsTotal: count,
  tensorsDone: count,
  bytesTotal: bytes,
  bytesRead: bytes,
  /** Wall clock, pauses included. */
  micros,
  pausedMicros: micros,
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

/**
 * Reads of a load as columns, and how far its parameters are filled. A load of very many reads is told in about 20,000
 * entries: reads of one thread and file that followed each other.
 */
export const loadReadsSchema = z.object({
  run: count,
  /** Index into the checkpoint's files. */
  file: typed<Int32Array>(Int32Array),
  thread: typed<Int32Array>(Int32Array),
  /** Since reading began; pauses count. */
  beginMicros: typed<Float64Array>(Float64Array),
  endMicros: typed<Float64Array>(Float64Array),
  /** Bytes of the file. */
  bytes: typed<Float64Array>(Float64Array),
  /** Bytes of each parameter filled so far, in the order of `load.parameters`. */
  parameterBytes: typed<Float64Array>(Float64Array),
});

/** What plain reads of the same files reach: the fastest of a few passes over their first bytes, into memory used again. */
export const readCeilingSchema = z.object({
  bytes,
  micros,
  readers: count,
  /** From the second on, the bytes come from the system's file cache. */
  passes: count,
});

/** What a load fills. Names begin with "target/" or "mtp/". */
export const loadParametersSchema = z.object({
  run: count,
  names: z.array(z.string()),
  dtypes: z.array(z.string()),
  bytes: typed<Float64Array>(Float64Array),
});

/** What is in a parameter, counted while it was read: values as stored, before block scales. */
export const parameterStatisticsSchema = z.object({
  name: z.string(),
  dtype: z.string(),
  count,
  nanCount: count,
  infCount: count,
  zeroCount: count,
  /** Of the finite values; 0 when there are none, and so the means. */
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  meanSquare: z.number(),
  /** [256]: finite values that are not zero, by the exponent bits they have as float32. */
  exponents: typed<Float64Array>(Float64Array),
});
