import { describe, expect, it } from 'vitest';
import { laneShades } from '../../../renderer/widgets/drawTimeLanes.ts';
import { colourOf, linearOf, themes } from './themeTokens.ts';

/** Relative luminance of #rrggbb, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [red, green, blue] = linearOf(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

const grounds = ['ground', 'surface', 'raised'];
/** Token, what it stands on, least contrast: 4.5 for text, 3 for marks and outlines (WCAG AA). */
const pairs: readonly (readonly [string, readonly string[], number])[] = [
  ['text', [...grounds, 'sunken', 'accent-soft', 'failed-soft', 'never-soft', 'row-emphasis'], 4.5],
  ['text-muted', [...grounds, 'accent-soft'], 4.5],
  ['accent', [...grounds, 'accent-soft'], 4.5],
  ['on-accent', ['accent'], 4.5],
  ['loaded', ['surface', 'ground'], 4.5],
  ['skipped', ['surface'], 4.5],
  ['failed', ['surface', 'ground'], 4.5],
  ['never-text', ['surface', 'ground'], 4.5],
  ['accepted', ['surface'], 4.5],
  ['bonus', ['surface'], 4.5],
  ['never', ['surface'], 3],
  ...laneShades.map((shade) => [shade.slice(2), ['grid-empty'], 3] as const),
];

describe('contrast of the theme', () => {
  it('is measured right', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  for (const [theme, tokens] of Object.entries(themes)) {
    for (const [token, on, least] of pairs) {
      it(`${theme}: --${token} reaches ${least} on ${on.join(', ')}`, () => {
        const found = on.map((ground) => {
          const ratio = contrast(colourOf(tokens, token), colourOf(tokens, ground));
          return { ground, ratio: Number(ratio.toFixed(2)) };
        });
        expect(found.filter(({ ratio }) => ratio < least)).toEqual([]);
      });
    }
  }
});
