/** A decode, running or ended, and its steps. */
import { z } from 'zod';
import { count, failureSchema, ids, micros } from './primitives.ts';

const candidateSchema = z.object({ id: z.number().int(), text: z.string(), probability: z.number() });

export const decodeStepSchema = z.object({
  run: count,
  index: count,
  contextLen: count,
  draftIds: ids,
  draftTexts: z.array(z.string()),
  /** Probability that the drafter gave its own draft, per position. */
  draftProbabilities: z.array(z.number()),
  /** Probability that the target gives the draft, per position. */
  targetProbabilities: z.array(z.number()),
  /** The target's own choice after each position: one more than drafts. */
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
  predictor: z.enum(['modules', 'referenceEngine']),
  numSpeculativeTokens: count,
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
