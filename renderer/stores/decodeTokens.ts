/** What the Draft view draws, derived from a run and its steps. Pure. */
import {
  type AcceptanceCounters,
  meanAcceptanceLength as meanLength,
  metricsLine,
  acceptanceRate as rate,
} from '../../electron/common/acceptanceMetrics.ts';
import type { DecodeState, DecodeStep } from '../../electron/common/contract.ts';

/** plain: the target's own token of a step without drafts. */
export type TokenVerdict = 'prompt' | 'first' | 'accepted' | 'recovered' | 'bonus' | 'rejected' | 'plain';

export interface ShownToken {
  readonly id: number;
  readonly text: string;
  readonly verdict: TokenVerdict;
  /** Draft position in its step; -1 for tokens of no step; the number of accepted drafts for recovered and bonus. */
  readonly position: number;
  /** Index in the output; -1 for the prompt and for rejected drafts, which are no output. */
  readonly outputIndex: number;
}

export function promptTokens(run: DecodeState): ShownToken[] {
  const tokens: ShownToken[] = run.promptIds.map((id, index) => ({
    id,
    text: run.promptTexts[index] ?? '',
    verdict: 'prompt',
    position: -1,
    outputIndex: -1,
  }));
  if (run.firstId !== null) {
    tokens.push({ id: run.firstId, text: run.firstText, verdict: 'first', position: -1, outputIndex: 0 });
  }
  return tokens;
}

/** Accepted drafts, then the rejected one (drafts after it were not reached), then the target's own token. */
export function stepTokens(step: DecodeStep, outputIndex: number): ShownToken[] {
  const tokens: ShownToken[] = [];
  let next = outputIndex;
  for (const [position, verdict] of step.verdicts.entries()) {
    if (verdict === 'notReached') break;
    const accepted = verdict === 'accepted';
    tokens.push({
      id: step.draftIds[position] ?? -1,
      text: step.draftTexts[position] ?? '',
      verdict: accepted ? 'accepted' : 'rejected',
      position,
      outputIndex: accepted ? next : -1,
    });
    if (accepted) next += 1;
  }
  tokens.push({
    id: step.nextId,
    text: step.nextText,
    verdict: targetsVerdict(step),
    position: step.accepted,
    outputIndex: next,
  });
  return tokens;
}

/** Of the token that the target put at the end of a step. */
export function targetsVerdict({ draftIds, kind }: DecodeStep): 'recovered' | 'bonus' | 'plain' {
  return draftIds.length === 0 ? 'plain' : kind;
}

/** Index in the output of a step's first token; the prefill's token is output 0. */
export function firstOutputIndex(step: DecodeStep): number {
  const stepsBefore = step.counters.numSteps - 1;
  const acceptedBefore = step.counters.accepted - step.accepted;
  return 1 + stepsBefore + acceptedBefore;
}

export interface AcceptanceBar {
  /** Draft position, from 1. */
  readonly position: number;
  readonly accepted: number;
  readonly steps: number;
  readonly rate: number;
}

/** Share of steps in which the draft at each position was accepted. */
export function acceptanceByPosition(step: DecodeStep | undefined, numSpeculativeTokens: number): AcceptanceBar[] {
  const steps = step?.counters.numDrafts ?? 0;
  // k may have been raised on the way.
  const positions = Math.max(numSpeculativeTokens, step?.counters.acceptedAtLeast.length ?? 0);
  return Array.from({ length: positions }, (_, index) => {
    const accepted = step?.counters.acceptedAtLeast[index] ?? 0;
    return { position: index + 1, accepted, steps, rate: steps > 0 ? accepted / steps : 0 };
  });
}

/** 1 + accepted / drafts (a draft is one step's proposal); NaN before the first step. */
export function meanAcceptanceLength(step: DecodeStep | undefined): number {
  return step ? meanLength(step.counters) : Number.NaN;
}

/** Accepted / drafted over all positions; NaN before the first step. */
export function acceptanceRate(step: DecodeStep | undefined): number {
  return step ? rate(step.counters) : Number.NaN;
}

/** Steps that the windowed figures look back on. */
export const windowSteps = 32;

/** Counters of the last `window` steps up to `end` (exclusive) alone: the difference of the running ones. */
export function windowCounters(steps: readonly DecodeStep[], end: number, window = windowSteps): AcceptanceCounters {
  const now = steps[end - 1]?.counters;
  const before = steps[end - 1 - window]?.counters;
  const lost = (field: 'numDrafts' | 'drafted' | 'accepted') => (now?.[field] ?? 0) - (before?.[field] ?? 0);
  return {
    numDrafts: lost('numDrafts'),
    drafted: lost('drafted'),
    accepted: lost('accepted'),
    acceptedAtLeast: (now?.acceptedAtLeast ?? []).map((count, at) => count - (before?.acceptedAtLeast[at] ?? 0)),
  };
}

/** The two figures of the last windowSteps steps. */
export function windowFigures(steps: readonly DecodeStep[], end: number): { meanLength: number; rate: number } {
  const counters = windowCounters(steps, end);
  return { meanLength: meanLength(counters), rate: rate(counters) };
}

/** The metrics up to `end` as vLLM logs them; the seconds are those of drafting and verifying. '' before a step. */
export function logLine(steps: readonly DecodeStep[], end: number): string {
  const shown = steps.slice(0, end);
  const { draftMicros, verifyMicros } = sumTimes(shown);
  const counters = shown.at(-1)?.counters;
  return counters ? metricsLine(counters, (draftMicros + verifyMicros) / 1e6) : '';
}

export interface LengthPoint {
  readonly step: number;
  /** Running mean. */
  readonly mean: number;
  /** Mean of the last windowSteps steps; null while that is the running mean. */
  readonly windowed: number | null;
  /** Tokens of this step. */
  readonly length: number;
}

/** Running mean acceptance length, decimated to at most `limit` points; the last step is always one of them. */
export function lengthSeries(steps: readonly DecodeStep[], limit = 500): LengthPoint[] {
  const stride = Math.max(1, Math.ceil(steps.length / limit));
  const points: LengthPoint[] = [];
  for (let index = (steps.length - 1) % stride; index >= 0 && index < steps.length; index += stride) {
    const step = steps[index];
    if (step) {
      points.push({
        step: index + 1,
        mean: meanAcceptanceLength(step),
        windowed: index + 1 > windowSteps ? meanLength(windowCounters(steps, index + 1)) : null,
        length: step.accepted + 1,
      });
    }
  }
  return points;
}

export interface StepTimes {
  readonly draftMicros: number;
  readonly verifyMicros: number;
}

export function sumTimes(steps: readonly DecodeStep[]): StepTimes {
  let draftMicros = 0;
  let verifyMicros = 0;
  for (const step of steps) {
    draftMicros += step.draftMicros;
    verifyMicros += step.verifyMicros;
  }
  return { draftMicros, verifyMicros };
}
