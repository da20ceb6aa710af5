/** What the reference loader does with a checkpoint: findings, the plan of a rank, the story of a tensor. */
import { z } from 'zod';
import { bytes, count, ids, micros, parallelSchema, typed } from './primitives.ts';

export const severities = ['blocker', 'silent', 'warning', 'note'] as const;

export const evidenceKinds = ['tensor', 'parameter', 'file', 'configKey', 'expert', 'rank'] as const;

/** One line of evidence. Where it is about one thing, `target` names it, so that the page can lead there. */
export const evidenceSchema = z.object({
  text: z.string(),
  target: z.object({ kind: z.enum(evidenceKinds), name: z.string() }).optional(),
});

export const findingSchema = z.object({
  code: z.string(),
  /**
   * blocker: construction, the load or the strict check raises, or a file cannot be read; silent: it starts, but a value
   * used while drafting is unwritten or wrong, or promised MTP layers are absent; warning: it works, but likely not as
   * meant; note: information.
   */
  severity: z.enum(severities),
  /** One sentence with names and numbers. */
  sentence: z.string(),
  evidence: z.array(evidenceSchema),
  /** One sentence: what to do about it. */
  hint: z.string(),
});

export const verdictSchema = z.object({
  level: z.enum(['good', 'silent', 'blocked']),
  /** For all ranks of the set-up. */
  sentence: z.string(),
  /** Whose loader this is the verdict of. */
  reference: z.string(),
  /** Where later versions of the reference do something else with this checkpoint or in general; one sentence each. */
  newerVersions: z.array(z.string()),
});

/** What the reference loader does with every tensor on one rank. */
export const planSchema = z.object({
  checkpointId: count,
  reference: z.string(),
  parallel: parallelSchema,
  verdict: verdictSchema,
  initError: z.object({ type: z.string(), message: z.string() }).nullable(),
  firstError: z.object({ at: z.string(), type: z.string(), message: z.string() }).nullable(),
  findings: z.array(findingSchema),
  /** Rules in the order in which they are tried. */
  rules: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['loaded', 'skipped', 'error']),
      explain: z.string(),
      source: z.string(),
      tensors: count,
      bytes,
    }),
  ),
  tensors: z.object({
    /** Index into the outcomes list of domain.ts: 0 loaded, 1 skipped, 2 error. */
    outcome: typed<Uint8Array>(Uint8Array),
    rule: typed<Uint16Array>(Uint16Array),
    /** Index into parameters; -1 = none. */
    parameter: typed<Int32Array>(Int32Array),
    /** Index into slots names below. */
    slot: typed<Uint8Array>(Uint8Array),
    /** Logical expert; -1 = none. */
    expert: typed<Int32Array>(Int32Array),
  }),
  slotNames: z.array(z.string()),
  parameters: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number()),
      dtype: z.string(),
      bytes,
      numel: count,
      covered: count,
      slots: z.array(z.object({ slot: z.string(), tensors: count, covered: count, numel: count })),
    }),
  ),
  totals: z.object({
    loaded: z.object({ tensors: count, bytes }),
    skipped: z.object({ tensors: count, bytes }),
    error: z.object({ tensors: count, bytes }),
  }),
  /** Names the reference would report as loaded although no parameter of that name exists. */
  reportedButNotLoaded: count,
  neverLoaded: z.array(z.string()),
  partiallyLoaded: z.array(z.string()),
  placement: z.object({
    useExpertParallel: z.boolean(),
    epSize: count,
    epRank: count,
    moeTpSize: count,
    numLogicalExperts: count,
    numPhysicalExperts: count,
    policy: z.enum(['linear', 'roundRobin']),
    expertsOfRank: z.array(ids),
    /** Drafter bytes that each expert-parallel rank holds, experts and the rest. */
    bytesOfRank: z.array(z.object({ experts: bytes, rest: bytes })),
    notes: z.array(z.string()),
  }),
  planMicros: micros,
});

const boxSchema = z.array(z.tuple([z.number(), z.number()]));

export const storySchema = z.object({
  tensor: count,
  name: z.string(),
  outcome: z.enum(['loaded', 'skipped', 'error']),
  specLayer: z.number().int().nullable(),
  rewritten: z.string().nullable(),
  /** One sentence that says the result. */
  summary: z.string(),
  steps: z.array(z.object({ rule: z.string(), explain: z.string(), did: z.string(), source: z.string() })),
  parameter: z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.string() }).nullable(),
  slot: z.string().nullable(),
  expert: z.number().int().nullable(),
  copies: z.array(z.object({ dst: boxSchema, src: boxSchema.optional(), fill: z.number().optional() })),
  /** Names that the reference adds to its loaded set; null stands for the value None. */
  reported: z.array(z.string().nullable()),
});

/** A slot as the rank of the plan sees it: another rank holds it, nothing fills it, one tensor does, several do. */
export const slotStates = ['elsewhere', 'never', 'filled', 'twice'] as const;

/** All slots of one parameter, those that other ranks hold too: a row a slot, a column an expert or a vocabulary shard. */
export const parameterSlotsSchema = z.object({
  /** Index into the parameters of the plan. */
  parameter: count,
  columnsAre: z.enum(['experts', 'vocabularyShards', 'whole']),
  /** Names of the rows; '' = the whole parameter. */
  slots: z.array(z.string()),
  /** The lowest rank that holds each column; -1 = none. Fused shared experts stand after the physical ones. */
  ranks: typed<Int32Array>(Int32Array),
  /** [slots, columns], row by row: index into slotStates. */
  states: typed<Uint8Array>(Uint8Array),
  /** [slots, columns]: the tensor whose values stay; -1 = none. */
  tensors: typed<Int32Array>(Int32Array),
  /** [slots, columns]: tensors that write it. */
  writers: typed<Uint16Array>(Uint16Array),
});

/** One tensor on every rank of a set-up; ranks that do the same with it are one group. */
export const tensorSlicesSchema = z.object({
  tensor: count,
  numRanks: count,
  groups: z.array(
    storySchema
      .pick({ outcome: true, summary: true, parameter: true, slot: true, expert: true, copies: true })
      .extend({ ranks: ids }),
  ),
});
