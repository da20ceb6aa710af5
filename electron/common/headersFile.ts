/**
 * Config, index and headers of a checkpoint in one file (gzip over this JSON), so that it can be looked at where its
 * weights are not. Names in it are shown and never opened as paths.
 */
import { z } from 'zod';
import { maxDtypeName } from './dtypeName.ts';
import { failureCodes } from './failure.ts';

export const headersFormat = 'draftscope-headers';
export const headersVersion = 1;

const whole = z.number().int().nonnegative();
const name = z.string().max(4096);
/** More than five times the largest public checkpoint. */
const maxTensors = 1_000_000;
const maxFiles = 20_000;

export const headersFileSchema = z.object({
  format: z.literal(headersFormat),
  version: z.literal(headersVersion),
  name,
  config: z.record(z.string(), z.unknown()),
  /** Where the quantisation in it was declared; absent = config.json. */
  quantizationFile: name.optional(),
  index: z
    .object({
      tensors: whole,
      totalSize: z.number().nullable(),
      /** Files written before these were kept lack them: their index is taken to agree with the headers. */
      files: whole.optional(),
      names: z.array(z.string()).nullable().optional(),
    })
    .nullable(),
  endTokenIds: z.array(z.number().int()).max(1000),
  files: z.array(z.object({ name, bytes: whole })).max(maxFiles),
  /** Distinct shapes; tensors refer to them by index. */
  shapes: z.array(z.array(whole).max(32)).max(maxTensors),
  dtypes: z.array(z.string().min(1).max(maxDtypeName)).max(64),
  tensors: z.object({
    name: z.array(name).max(maxTensors),
    shape: z.array(whole).max(maxTensors),
    dtype: z.array(whole).max(maxTensors),
    /** -1 = only the index names it. */
    file: z.array(z.number().int().min(-1)).max(maxTensors),
    /** First byte in the file. */
    begin: z.array(whole).max(maxTensors),
  }),
  /** Bytes of the tensors, by their place in the columns, whose type does not say them; absent = none. */
  bytesOf: z
    .array(z.tuple([whole, whole]))
    .max(maxTensors)
    .optional(),
  outsideIndex: z.object({
    files: z.array(z.object({ name, bytes: whole, tensors: z.array(name).max(maxTensors) })).max(maxFiles),
    tensors: z.array(z.object({ name, file: name })).max(maxTensors),
  }),
  problems: z
    .array(z.object({ code: z.enum(failureCodes), message: z.string().max(10_000), hint: z.string().max(10_000) }))
    .max(100_000),
});

export type HeadersFile = z.infer<typeof headersFileSchema>;
