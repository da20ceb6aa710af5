/** The values of one tensor, looked at closely. */
import { z } from 'zod';
import { bytes, count, micros, typed } from './primitives.ts';

/** How far the look at the values of a checkpoint has come. */
export const valuesProgressSchema = z.object({
  checkpointId: count,
  /** stopped: it ended without a result. */
  status: z.enum(['reading', 'done', 'stopped']),
  /** Of the bytes that are looked at: samples, unless every byte was asked for. */
  bytesRead: bytes,
  bytesTotal: bytes,
  /** Files that are read to the end, of those in which anything is looked at. */
  filesRead: count,
  files: count,
});

const valueCountsSchema = z.object({ nan: count, infinite: count, zero: count, negative: count });

/** A bounded read of one tensor. Statistics are over the values read; `sampled` says that these are not all. */
export const tensorValuesSchema = z.object({
  tensor: count,
  name: z.string(),
  dtype: z.string(),
  shape: z.array(z.number()),
  numel: count,
  valuesRead: count,
  bytesRead: bytes,
  sampled: z.boolean(),
  /** The first values, in the order of the file. */
  first: typed<Float64Array>(Float64Array),
  counts: valueCountsSchema,
  /** Of the finite values; null = there are none. */
  range: z.object({ min: z.number(), max: z.number(), mean: z.number(), deviation: z.number() }).nullable(),
  /** Equal bins from range.min to range.max; null without finite values. */
  histogram: z.object({ low: z.number(), high: z.number(), counts: typed<Float64Array>(Float64Array) }).nullable(),
  /** Finite values other than 0 by the power of two below their size: counts[i] is for 2^(first + i). */
  exponents: z.object({ first: z.number().int(), counts: typed<Float64Array>(Float64Array) }).nullable(),
  /** The block scales of an fp8 weight, or the tensor's own values when it is such a scale; null = it has none. */
  scaleGrid: z
    .object({
      tensor: count,
      name: z.string(),
      rows: count,
      cols: count,
      /** Elements of the weight that one scale covers, [rows, columns]; null where the weight is not known. */
      block: z.tuple([count, count]).nullable(),
      /** [rows, cols], row by row */
      values: typed<Float32Array>(Float32Array),
    })
    .nullable(),
  micros,
});
