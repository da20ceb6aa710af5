import { describe, expect, it } from 'vitest';
import type { Plan } from '../../../electron/common/contract.ts';
import { stepTokens } from '../../../renderer/stores/decodeTokens.ts';
import { isNothingAccepted, likelyCauses } from '../../../renderer/stores/likelyCauses.ts';
import { keyMoves } from '../../../renderer/stores/stepTimes.ts';
import { readTokenIds } from '../../../renderer/stores/tokenIds.ts';
import { samplePlan, sampleRun, sampleSteps } from './samples.ts';

describe('token ids as they are typed', () => {
  it.each([
    ['0, 17,291', [0, 17, 291]],
    ['[0 17\n291]', [0, 17, 291]],
    ['  007 ', [7]],
  ])('reads %j', (text, ids) => {
    expect(readTokenIds(text, 300)).toEqual({ kind: 'ids', ids });
  });

  it.each([
    ['1, two', '“two” is not a token id. Ids are whole numbers from 0 to 299.'],
    ['1.5', '“1.5” is not a token id. Ids are whole numbers from 0 to 299.'],
    ['-1', '“-1” is not a token id. Ids are whole numbers from 0 to 299.'],
    ['1e2', '“1e2” is not a token id. Ids are whole numbers from 0 to 299.'],
    ['1, 300', '300 is outside the vocabulary. Ids are whole numbers from 0 to 299.'],
    ['x'.repeat(100), `“${'x'.repeat(24)}…” is not a token id. Ids are whole numbers from 0 to 299.`],
    ['9'.repeat(400), `${'9'.repeat(24)} is outside the vocabulary. Ids are whole numbers from 0 to 299.`],
  ])('refuses %.20j with a sentence', (text, sentence) => {
    expect(readTokenIds(text, 300)).toEqual({ kind: 'problem', sentence });
  });

  it.each(['', ' , ', '[]'])('takes %j as nothing yet', (text) => {
    expect(readTokenIds(text, 300)).toEqual({ kind: 'empty' });
  });
});

describe('nothing accepted', () => {
  const counters = (numDrafts: number, accepted: number) => ({ numDrafts, accepted, drafted: 2 * numDrafts });

  it('is said after enough drafts, or at the end, and never of a plain run', () => {
    expect(isNothingAccepted(undefined, true)).toBe(false);
    expect(isNothingAccepted(counters(7, 0), false)).toBe(false);
    expect(isNothingAccepted(counters(7, 0), true)).toBe(true);
    expect(isNothingAccepted(counters(8, 0), false)).toBe(true);
    expect(isNothingAccepted(counters(8, 1), true)).toBe(false);
    expect(isNothingAccepted(counters(0, 0), true)).toBe(false);
  });

  it('points to silent findings, then to what the run was asked to do, and else says that nothing was found', () => {
    const plan: Plan = samplePlan();
    const silent: Plan = {
      ...plan,
      findings: [
        ...plan.findings,
        { code: 'allZero', severity: 'silent', sentence: 'A tensor is all zeros.', evidence: [], hint: '' },
      ],
    };
    expect(likelyCauses(silent, sampleRun())).toEqual({ findings: [3], settings: [] });
    expect(likelyCauses(plan, sampleRun({ alternatives: ['main_prenorm'] }))).toEqual({
      findings: [],
      settings: ['The MTP layers are fed in another way than they were trained: main_prenorm.'],
    });
    expect(likelyCauses(plan, sampleRun()).settings).toEqual([expect.stringMatching(/^Nothing was found/)]);
  });
});

describe('plain decoding', () => {
  it('shows the target’s own token as neither bonus nor recovered', () => {
    const [step] = sampleSteps(0, [0]);
    expect(step && stepTokens(step, 1)).toEqual([
      { id: 200, text: 'next', verdict: 'plain', position: 0, outputIndex: 1 },
    ]);
  });
});

describe('keys on the time bars', () => {
  it('go by one, by ten and to the ends', () => {
    const moves = keyMoves(20, 40);
    expect([moves.ArrowRight, moves.ArrowLeft, moves.PageUp, moves.PageDown, moves.Home, moves.End]).toEqual([
      21, 19, 30, 10, 0, 39,
    ]);
    expect(moves.Tab).toBeUndefined();
  });
});
