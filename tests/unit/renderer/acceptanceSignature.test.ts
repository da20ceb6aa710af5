import { describe, expect, it } from 'vitest';
import { failsMostAt, signatureHint } from '../../../renderer/stores/acceptanceSignature.ts';

describe('signatureHint', () => {
  it.each([
    ['a cliff after the first position', [80, 10, 2], /^Good up to position 1, then a cliff/],
    ['a cliff further on', [80, 70, 12], /^Good up to position 2, then a cliff/],
    ['low and flat', [25, 6, 1], /^Low from the first position on/],
    ['mildly low everywhere', [60, 34, 21], /^No cliff: as with an unusual prompt/],
    ['good', [85, 74, 60], /^Drafts do well, with no cliff/],
  ])('%s', (_, counts, sentence) => {
    expect(signatureHint(counts, 100)).toMatch(sentence);
  });

  it('says nothing from a few drafts, or where few ever got to a position', () => {
    expect(signatureHint([0, 0], 7)).toBeNull();
    expect(signatureHint([], 100)).toBeNull();
    expect(signatureHint([0, 0, 0], 100)).toBeNull();
    expect(signatureHint([7, 0], 10)).not.toMatch(/cliff:/);
  });
});

describe('failsMostAt', () => {
  it.each([
    ['the first position', [40, 30, 25], { position: 1, steps: 60 }],
    ['a later one, of which few are left', [90, 80, 30], { position: 3, steps: 50 }],
    ['none', [100, 100], { position: 1, steps: 0 }],
  ])('counts the steps whose drafts end there: %s', (_, counts, expected) => {
    expect(failsMostAt(counts, 100)).toEqual(expected);
  });

  it('says nothing from a few drafts', () => {
    expect(failsMostAt([3, 2], 7)).toBeNull();
    expect(failsMostAt([], 50)).toBeNull();
  });
});
