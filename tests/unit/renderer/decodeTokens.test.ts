import { describe, expect, it } from 'vitest';
import {
  acceptanceByPosition,
  acceptanceRate,
  firstOutputIndex,
  lengthSeries,
  logLine,
  meanAcceptanceLength,
  promptTokens,
  stepTokens,
  sumTimes,
  windowCounters,
  windowFigures,
} from '../../../renderer/stores/decodeTokens.ts';
import { sampleRun, sampleSteps } from './samples.ts';

const verdictsOf = (accepted: number) =>
  sampleSteps(3, [accepted]).flatMap((step) => stepTokens(step, 1).map((token) => token.verdict));

describe('tokens of a run', () => {
  it('begins with the prompt and the first token', () => {
    expect(promptTokens(sampleRun()).map((token) => token.verdict)).toEqual(['prompt', 'prompt', 'first']);
    expect(promptTokens(sampleRun({ firstId: null })).map((token) => token.verdict)).toEqual(['prompt', 'prompt']);
  });

  it('shows accepted drafts, the rejected one, and what replaced it; drafts not reached stay out', () => {
    expect(verdictsOf(0)).toEqual(['rejected', 'recovered']);
    expect(verdictsOf(1)).toEqual(['accepted', 'rejected', 'recovered']);
    expect(verdictsOf(3)).toEqual(['accepted', 'accepted', 'accepted', 'bonus']);
  });

  it('numbers outputs without the rejected drafts, across steps', () => {
    const outputs = sampleSteps(2, [1, 0, 2]).flatMap((step) =>
      stepTokens(step, firstOutputIndex(step)).map((token) => token.outputIndex),
    );
    expect(outputs).toEqual([1, -1, 2, -1, 3, 4, 5, 6]);
  });
});

describe('acceptance', () => {
  const steps = sampleSteps(2, [2, 1, 0, 2]);
  const last = steps.at(-1);

  it('is counted by position', () => {
    expect(acceptanceByPosition(last, 2).map(({ position, accepted, rate }) => [position, accepted, rate])).toEqual([
      [1, 3, 0.75],
      [2, 2, 0.5],
    ]);
    expect(acceptanceByPosition(undefined, 2).map((bar) => bar.rate)).toEqual([0, 0]);
  });

  it('has a mean length of 1 + accepted / drafts, and a rate', () => {
    expect(meanAcceptanceLength(last)).toBe(1 + 5 / 4);
    expect(acceptanceRate(last)).toBe(5 / 8);
    expect(meanAcceptanceLength(undefined)).toBeNaN();
  });

  it('is counted over the last steps alone, or over all while there are fewer', () => {
    const many = sampleSteps(2, [2, 2, 2, 0, 1]);
    expect(windowCounters(many, 5, 2)).toEqual({ numDrafts: 2, drafted: 4, accepted: 1, acceptedAtLeast: [1, 0] });
    expect(windowCounters(many, 4, 2)).toMatchObject({ accepted: 2 });
    expect(windowCounters(many, 5, 32)).toMatchObject({ numDrafts: 5, accepted: 7 });
    expect(windowCounters([], 0)).toMatchObject({ numDrafts: 0 });
    const long = lengthSeries(sampleSteps(2, [...Array<number>(32).fill(0), 2]));
    expect(long[31]?.windowed).toBeNull();
    expect(long[32]?.windowed).toBe(1 + 2 / 32);
  });

  it('is told as vLLM logs it, over the steps shown', () => {
    const timed = steps.map((step) => ({ ...step, draftMicros: 250_000, verifyMicros: 250_000 }));
    expect(logLine(timed, 2)).toContain('Mean acceptance length: 2.50, Accepted throughput: 3.00 tokens/s');
    expect(logLine(timed, 0)).toBe('');
    expect(windowFigures(steps, 4)).toEqual({ meanLength: 2.25, rate: 5 / 8 });
  });

  it('has a series that ends with the last step and keeps to its limit', () => {
    expect(lengthSeries(steps).map((point) => [point.step, point.mean])).toEqual([
      [1, 3],
      [2, 2.5],
      [3, 2],
      [4, 2.25],
    ]);
    const long = sampleSteps(1, new Array<number>(1234).fill(1));
    const series = lengthSeries(long, 100);
    expect(series.length).toBeLessThanOrEqual(100);
    expect(series.at(-1)?.step).toBe(1234);
    expect(lengthSeries([])).toEqual([]);
  });

  it('sums times', () => {
    expect(sumTimes(steps)).toEqual({ draftMicros: 40, verifyMicros: 120 });
  });
});
