import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shades } from '../../../renderer/exports/lanesSvg.ts';
import { laneShades } from '../../../renderer/widgets/drawTimeLanes.ts';
import { colourOf, darkTokens, distance, seen, sightNames, themes } from './themeTokens.ts';

const design = readFileSync(new URL('../../../docs/design.md', import.meta.url), 'utf8');
const renderer = new URL('../../../renderer/', import.meta.url);
const styles = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.css'))
  .map((path) => ({ path, text: readFileSync(new URL(path, renderer), 'utf8') }));
const allStyles = styles.map(({ text }) => text).join('\n');

/** Rows of the table of colours: token, light, dark, meaning, second sign. */
const rows = [...design.matchAll(/^\| `--([\w-]+)` \| (#\w{6}) \| (#\w{6}) \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, token = '', light = '', dark = '', means = '', sign = '']) => ({ token, light, dark, means, sign: sign.trim() }),
);
/** OKLab; below this two fields side by side are taken for one. */
const least = 0.08;

/** Pairs that come closer than that for some eye, one line each. */
function closePairs(theme: keyof typeof themes, names: readonly string[]): [string, string][] {
  const pairs = names.flatMap((a, at) => names.slice(at + 1).map((b): [string, string] => [a, b]));
  return pairs.filter(([a, b]) =>
    sightNames.some(
      (sight) => distance(seen(colourOf(themes[theme], a), sight), seen(colourOf(themes[theme], b), sight)) < least,
    ),
  );
}

describe('colours for every eye', () => {
  it('are simulated right: red and green of one lightness meet without the cones for them, blue and yellow do not', () => {
    const apart = (a: string, b: string, sight: string) => distance(seen(a, sight), seen(b, sight));
    expect(apart('#d02020', '#608020', 'full')).toBeGreaterThan(0.2);
    expect(apart('#a05a00', '#6b7d00', 'deuteranopia')).toBeLessThan(0.08);
    expect(apart('#0072b2', '#e6b800', 'deuteranopia')).toBeGreaterThan(0.3);
    expect(apart('#000000', '#ffffff', 'protanopia')).toBeCloseTo(1, 2);
  });

  for (const theme of ['light', 'dark'] as const) {
    it(`${theme}: what means something stays apart, or has a sign of its own beside the colour`, () => {
      expect(rows.length).toBeGreaterThanOrEqual(6);
      for (const [a, b] of closePairs(
        theme,
        rows.map(({ token }) => token),
      )) {
        const signs = [a, b].map((token) => rows.find((row) => row.token === token)?.sign);
        expect(signs[0], `${a} and ${b}`).toBeTruthy();
        expect(signs[0], `${a} and ${b}`).not.toBe(signs[1]);
      }
    });

    if (theme === 'light')
      it('the saved drawing of the lanes has the shades of the light theme', () => {
        expect(shades).toEqual(laneShades.map((name) => colourOf(themes[theme], name.slice(2))));
      });
    it(`${theme}: neighbours in a stacked bar and threads in the lanes stay apart`, () => {
      const parts = Array.from({ length: 8 }, (_, at) => `part-${at}`);
      const neighbours = parts.slice(1).map((name, at) => [parts[at] ?? '', name]);
      const lanes = laneShades.map((name) => name.slice(2));
      expect([...neighbours, lanes].flatMap((names) => closePairs(theme, names))).toEqual([]);
    });
  }

  it('have the second signs that the page of tokens names', () => {
    const inStyles: readonly (readonly [string, RegExp])[] = [
      ['hatched', /\.fill-skipped \{[^}]*repeating-linear-gradient/],
      ['struck through', /line-through/],
      ['underline', /underline/],
      ['dotted', /dotted/],
    ];
    for (const [word, style] of inStyles) {
      expect(
        rows.some(({ sign }) => sign.includes(word)),
        word,
      ).toBe(true);
      expect(allStyles, word).toMatch(style);
    }
  });
});

describe('the page of tokens', () => {
  it('gives the colours that theme.css has', () => {
    const told = rows.map(({ token, light, dark }) => [token, light, dark]);
    expect(told).toEqual(rows.map(({ token }) => [token, colourOf(themes.light, token), colourOf(themes.dark, token)]));
  });

  it('names every token once, and no token that is not there', () => {
    const named = new Set([...design.matchAll(/`--([\w-]+)`/g)].map(([, name]) => name ?? ''));
    expect([...themes.light.keys()].filter((name) => !named.has(name))).toEqual([]);
    expect([...named].filter((name) => !themes.light.has(name) && !allStyles.includes(`--${name}:`))).toEqual([]);
  });

  it('has a dark colour for every light one, and views have no colours of their own', () => {
    expect([...themes.light.keys()].filter((name) => !darkTokens.has(name))).toEqual([]);
    const own = styles
      .filter(({ path }) => path !== 'theme.css')
      .flatMap(({ path, text }) => [...text.matchAll(/#[0-9a-f]{3,8}\b/g)].map(([colour]) => `${path}: ${colour}`));
    expect(own).toEqual([]);
  });

  it('uses only the type sizes that it lists', () => {
    const listed = new Set([...design.matchAll(/^\| (\d+) px \|/gm)].map(([, size]) => size));
    const used = new Set([...allStyles.matchAll(/font(?:-size)?:[^;]*?(\d+)px/g)].map(([, size]) => size));
    expect([...used].filter((size) => !listed.has(size ?? ''))).toEqual([]);
    expect(listed.size).toBeGreaterThan(3);
  });

  it('splits its styles into files that can be read in one go', () => {
    const long = styles.filter(({ text }) => text.split('\n').length > 320).map(({ path }) => path);
    expect(long).toEqual([]);
  });
});
