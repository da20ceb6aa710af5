/** The colours of theme.css by token, and colour arithmetic for the tests about them. */
import { readFileSync } from 'node:fs';

const css = readFileSync(new URL('../../../renderer/theme.css', import.meta.url), 'utf8');

function tokensOf(selector: string): Map<string, string> {
  const at = css.indexOf(`${selector} {`);
  if (at < 0) throw new Error(`theme.css has no ${selector}`);
  const block = css.slice(at, css.indexOf('}', at));
  return new Map(
    [...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

const light = tokensOf(':root');
const darkOnly = tokensOf(":root[data-theme='dark']");

export const themes = { light, dark: new Map([...light, ...darkOnly]) };
/** Tokens that the dark theme gives a colour of its own. */
export const darkTokens = new Set(darkOnly.keys());

export function colourOf(tokens: ReadonlyMap<string, string>, name: string): string {
  const colour = tokens.get(name);
  if (!colour) throw new Error(`theme.css gives no colour to --${name}`);
  return colour;
}

export type Triple = readonly [number, number, number];

/** Linear light of #rrggbb, 0 to 1. */
export function linearOf(colour: string): Triple {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return [red, green, blue];
}

function times(rows: readonly Triple[], [x, y, z]: Triple): Triple {
  const [a = 0, b = 0, c = 0] = rows.map(([i, j, k]) => i * x + j * y + k * z);
  return [a, b, c];
}

/** What the eye without one kind of cone makes of linear light (Machado, Oliveira and Fernandes 2009, full strength). */
const sights: Readonly<Record<string, readonly Triple[]>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
export const sightNames = Object.keys(sights);

/** OKLab of a colour as an eye sees it. */
export function seen(colour: string, sight: string): Triple {
  const matrix = sights[sight];
  if (!matrix) throw new Error(`no sight is called ${sight}`);
  const [red, green, blue] = times(matrix, linearOf(colour)).map((share) => Math.max(0, Math.min(1, share))) as [
    number,
    number,
    number,
  ];
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    [red, green, blue],
  ).map(Math.cbrt) as [number, number, number];
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  );
}

export function distance(a: Triple, b: Triple): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
