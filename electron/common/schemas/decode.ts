/** A decode, running or ended, and its steps. */
import { z } from 'zod';
import { alternatives } from '../domain.ts';
import { count, failureSchema, ids, micros, typed } from './primitives.ts';

/** See SamplingParams of domain.ts. */
export const samplingSchema = z.object({
  temperature: z.number().min(0).max(100),
  topK: count,
  topP: z.number().gt(0).max(1),
  seed: count,
});

export const predictorSchema = z.enum(['modules', 'referenceEngine']);
const alternativesSchema = z.array(z.enum(alternatives)).max(alternatives.length);
/** k; 0 = plain decoding. */
const draftCount = z.number().int().min(0).max(32);
/** Slows the run down so that people can watch: at least this long per step. */
const pace = z.number().min(0).max(2000);

const promptFields = {
  prompt: z.string().max(200_000),
  promptIds: ids.optional(),
  numSpeculativeTokens: draftCount,
  predictor: predictorSchema,
  alternatives: alternativesSchema.optional(),
  sampling: samplingSchema,
};

export const decodeInputSchema = z.object({
  ...promptFields,
  maxTokens: z.number().int().min(1).max(100_000),
  paceMillis: pace,
  /** Waits for decode.control before the first step. */
  paused: z.boolean().optional(),
});

/** What is left out stays as it is. */
export const controlInputSchema = z.object({
  paused: z.boolean().optional(),
  numSpeculativeTokens: draftCount.optional(),
  paceMillis: pace.optional(),
  /** One step, and then paused. */
  step: z.boolean().optional(),
});

export const controlStateSchema = z.object({
  paused: z.boolean(),
  numSpeculativeTokens: count,
  paceMillis: z.number(),
});

export const compareInputSchema = z.object({ ...promptFields, maxTokens: z.number().int().min(1).max(512) });

const speedSchema = z.object({ tokens: count, micros, tokensPerSecond: z.number() });

/** The same prompt decoded plainly and with drafts, in turn, at full speed. Time of the prompt's own pass is left out. */
export const compareSchema = z.object({
  numSpeculativeTokens: count,
  predictor: predictorSchema,
  sampling: samplingSchema,
  rounds: count,
  plain: speedSchema,
  speculative: speedSchema,
  /** Stopped, or out of time, before all rounds were run. */
  cutShort: z.boolean(),
});

/**
 * How often each expert of each MoE layer was chosen in the run so far, by every row that ran: rejected drafts and rows
 * that were run again count too.
 */
export const routingSchema = z.object({
  run: count,
  /** Checkpoint layer of each row of counts: the target's MoE layers, then those of the MTP layers. */
  layers: z.array(count),
  numTargetLayers: count,
  numExperts: count,
  expertsPerToken: count,
  /** [layers, experts]; logical experts. */
  counts: typed(Uint32Array),
});

const candidateSchema = z.object({ id: z.number().int(), text: z.string(), probability: z.number() });

export const decodeStepSchema = z.object({
  run: count,
  index: count,
  contextLen: count,
  draftIds: ids,
  draftTexts: z.array(z.string()),
  /** Probability that the drafter gave its own draft, per position. */
  draftProbabilities: z.array(z.number()),
  /** Probability that the target gives the draft, per position; after temperature, top-k and top-p when sampling. */
  targetProbabilities: z.array(z.number()),
  /** The draw that the target's probability of each draft was held against; empty in a greedy run. */
  uniforms: z.array(z.number()),
  /** The target's own choice after each position: one more than drafts. When sampling, what would replace the draft. */
  targetIds: ids,
  verdicts: z.array(z.enum(['accepted', 'rejected', 'notReached'])),
  accepted: count,
  nextId: z.number().int(),
  nextText: z.string(),
  kind: z.enum(['bonus', 'recovered']),
  /** Best candidates per position, drafter and target (one more). */
  draftCandidates: z.array(z.array(candidateSchema)),
  targetCandidates: z.array(z.array(candidateSchema)),
  outputIds: ids,
  draftMicros: micros,
  verifyMicros: micros,
  /** Running counters after this step. */
  counters: z.object({
    numSteps: count,
    /** Steps with at least one draft. */
    numDrafts: count,
    drafted: count,
    accepted: count,
    acceptedAtLeast: z.array(count),
    outputTokens: count,
  }),
});

export const decodeStateSchema = z.object({
  run: count,
  status: z.enum(['running', 'done', 'stopped', 'failed']),
  prompt: z.string(),
  promptIds: ids,
  promptTexts: z.array(z.string()),
  firstId: z.number().int().nullable(),
  firstText: z.string(),
  predictor: predictorSchema,
  alternatives: alternativesSchema,
  /** k at the start; it can be changed while the run lasts. */
  numSpeculativeTokens: count,
  sampling: samplingSchema,
  maxTokens: count,
  /** Said where the reference engine itself would refuse or behave differently. */
  notes: z.array(z.string()),
  prefillMicros: micros,
  totalMicros: micros,
  outputIds: ids,
  text: z.string(),
  endReason: z.enum(['length', 'endToken', 'stopped', 'failed']).nullable(),
  failure: failureSchema.nullable(),
});

/** The running or last run whole, for a page that came late. */
export const currentRunSchema = z.object({
  run: decodeStateSchema,
  steps: z.array(decodeStepSchema),
  /** null when it has ended. */
  control: controlStateSchema.nullable(),
});
