/** The open checkpoint, as the page is told about it. */
import { z } from 'zod';
import { bytes, count, failureSchema, micros, typed } from './primitives.ts';

export const sourceNames = ['config', 'index', 'headers', 'quantisation'] as const;

const said = z.string().nullable();

/** One thing that several sources speak about, in each one's own words; null = it says nothing. */
export const sourceFactSchema = z.object({
  label: z.string(),
  config: said,
  index: said,
  headers: said,
  /** The list of modules that quantization_config leaves alone. */
  quantisation: said,
  /** Sources that say something else than the first that speaks, in the order above; empty = they agree. */
  disagrees: z.array(z.enum(sourceNames)),
});

/** The open checkpoint, as columns over its tensors (index = tensor index everywhere). */
export const checkpointSchema = z.object({
  /** Grows with every opened checkpoint; plans and loads carry it. */
  id: count,
  name: z.string(),
  folder: z.string(),
  /** What the model card shows, in reading order. */
  card: z.array(z.object({ group: z.string(), label: z.string(), value: z.string(), key: z.string().optional() })),
  numHiddenLayers: count,
  numMtpLayers: count,
  numRoutedExperts: count,
  vocabSize: count,
  hasTokenizer: z.boolean(),
  files: z.array(z.object({ name: z.string(), bytes, tensors: count })),
  tensors: z.object({
    names: z.array(z.string()),
    /** Element types that occur, and which one each tensor has. */
    dtypes: z.array(z.string()),
    dtype: typed<Uint16Array>(Uint16Array),
    /** Shapes that occur, and which one each tensor has: tens of thousands share a few dozen. */
    shapes: z.array(z.array(z.number())),
    shape: typed<Int32Array>(Int32Array),
    bytes: typed<Float64Array>(Float64Array),
    file: typed<Int32Array>(Int32Array),
    /** Layer number in the name; -1 = none. */
    layer: typed<Int32Array>(Int32Array),
  }),
  totals: z.object({ tensors: count, bytes }),
  /** Where the bytes are. */
  parts: z.array(z.object({ id: z.string(), label: z.string(), tensors: count, bytes })),
  /** The sources side by side. */
  sources: z.array(sourceFactSchema),
  /** Trouble that did not stop the opening. */
  problems: z.array(failureSchema),
  prompts: z.array(z.object({ text: z.string(), label: z.string() })),
  openedMicros: micros,
});
