import { describe, expect, it } from 'vitest';
import type { DecodeStep } from '../../../electron/common/contract.ts';
import { tokenFacts } from '../../../renderer/stores/tokenFacts.ts';
import { sampleSteps } from './samples.ts';

/** Two drafts, of which the first `accepted` stand. */
const step = (accepted: number, patch: Partial<DecodeStep> = {}): DecodeStep => ({
  ...(sampleSteps(2, [accepted])[0] as DecodeStep),
  draftIds: [10, 11],
  nextId: 12,
  draftProbabilities: [0.9, 0.8],
  targetProbabilities: [0.7, 0.2],
  uniforms: [0.5, 0.4],
  ...patch,
});

describe('what decided about a token', () => {
  it('is the draw held against the target’s probability', () => {
    expect(tokenFacts(step(1), 0, false)).toMatchObject({
      id: 10,
      verdict: 'accepted',
      place: 'draft 1 of 2',
      draftProbability: 0.9,
      targetProbability: 0.7,
      uniform: 0.5,
      reason: 'Target 0.700 ≥ draw 0.500.',
    });
    expect(tokenFacts(step(1), 1, false)).toMatchObject({
      id: 11,
      verdict: 'rejected',
      reason: 'Target 0.200 < draw 0.400.',
    });
  });

  it('is the target’s best token in a greedy run', () => {
    const greedy = step(1, { uniforms: [] });
    expect(tokenFacts(greedy, 0, false)).toMatchObject({ uniform: null, reason: 'It is the target’s best token.' });
    expect(tokenFacts(greedy, 1, false).reason).toBe('It is not the target’s best token.');
  });

  it('tells a rejected draft from the token in its place', () => {
    const candidates = [[], [{ id: 12, text: 'x', probability: 0.6 }], []];
    const replaced = tokenFacts(step(1, { targetCandidates: candidates }), 1, true);
    expect(replaced).toMatchObject({
      id: 12,
      verdict: 'recovered',
      place: 'in place of draft 2',
      targetProbability: 0.6,
      uniform: null,
    });
    expect(replaced.draftProbability).toBeNaN();
  });

  it('knows the bonus token, and the token of a step without drafts', () => {
    expect(tokenFacts(step(2), 2, true)).toMatchObject({ verdict: 'bonus', place: 'after all drafts' });
    const plain = step(2, { draftIds: [], verdicts: [], accepted: 0, kind: 'bonus' });
    expect(tokenFacts(plain, 0, true)).toMatchObject({ verdict: 'plain', place: 'no drafts' });
  });
});
