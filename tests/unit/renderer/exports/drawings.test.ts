// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest';
import { acceptanceSvg } from '../../../../renderer/exports/acceptanceSvg.ts';
import { cellGridSvg } from '../../../../renderer/widgets/cellGridSvg.ts';
import type { FlowColumn } from '../../../../renderer/widgets/flowLayout.ts';
import { flowSvg } from '../../../../renderer/widgets/flowSvg.ts';

const hostile = `</text><script>alert('x')</script><image href="x" onerror="y"/>&"`;
const colours = { theme: 'light', of: (name: string) => `${name.slice(2)}-colour` };

function parsed(text: string): Document {
  return new DOMParser().parseFromString(text, 'image/svg+xml');
}

describe('acceptance as a drawing', () => {
  const bars = [
    { position: 1, accepted: 3, steps: 4, rate: 0.75 },
    { position: 2, accepted: 0, steps: 4, rate: 0 },
  ];
  const means = [1, 2, 3].map((step) => ({ step, mean: 1 + step / 2 }));
  const heights = (svg: Document) =>
    [...svg.querySelectorAll('g g rect')].map((bar) => Number(bar.getAttribute('height')));

  it('has a bar a position, as high as its share, and the line of the means', () => {
    const svg = parsed(acceptanceSvg(hostile, 2, bars, means));
    expect(svg.querySelectorAll('script, image')).toHaveLength(0);
    const [first = 0, second] = heights(svg);
    expect(second).toBe(0);
    const points = svg.querySelector('polyline')?.getAttribute('points')?.split(' ') ?? [];
    const ys = points.map((point) => Number(point.split(',')[1]));
    // 1.5, 2 and 2.5 between 1 and 3: a quarter, a half and three quarters, as the first bar is high.
    expect(ys).toHaveLength(3);
    expect((ys[0] ?? 0) - (ys[2] ?? 0)).toBeCloseTo(first * (2 / 3));
    const words = [...svg.querySelectorAll('text')].map(({ textContent }) => textContent);
    expect(words).toEqual(expect.arrayContaining(['draft position', 'step', '75.0 %', '0.0 %', '2.50 after 3']));
  });

  it('is a drawing, too, of a run without steps', () => {
    const text = acceptanceSvg('none', 0, [], []);
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(heights(parsed(text))).toEqual([]);
  });
});

describe('a flow as a drawing', () => {
  const entry = (label: string, value: number) => ({
    id: label,
    label,
    figure: String(value),
    title: '',
    value,
    pressed: false,
    fill: 'fill-skipped',
  });
  const columns: FlowColumn[] = [
    { title: 'files', width: 100, grow: 1, entries: [entry(hostile, 3)] },
    { title: 'rules', width: 100, grow: 1, entries: [entry('first', 1), entry('second', 2)] },
  ];
  const joins = [
    [
      { from: 0, to: 0, value: 1, title: '', fill: 'fill-loaded' },
      { from: 0, to: 1, value: 2, title: '', fill: 'fill-error' },
    ],
  ];
  const text = flowSvg(hostile, columns, joins, colours);

  it('has a band a join in the colour of its outcome, and names as text', () => {
    expect(text).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(text).not.toMatch(/<script|<image/);
    const fills = [...parsed(text).querySelectorAll('path')].map((path) => path.getAttribute('fill'));
    expect(fills).toEqual(['loaded-colour', 'failed-colour']);
    const words = [...parsed(text).querySelectorAll('text')].map(({ textContent }) => textContent);
    expect(words).toContain('second');
    expect(words.some((word) => word?.startsWith('</text><scr'))).toBe(true);
  });
});

describe('a grid as a drawing', () => {
  const row = {
    columns: Int32Array.from({ length: 256 }, (_, at) => at),
    marks: new Uint8Array(256),
    outlined: new Uint8Array(256),
    slice: 0,
  };
  const scene = {
    columns: 256,
    slices: 1,
    emphasised: 0,
    rowName: (at: number) => `rank ${at}`,
    columnTitle: 'expert',
  };

  it('shows all rows, and neighbours that are alike as one box', () => {
    const rows = Array.from({ length: 320 }, () => row);
    const text = cellGridSvg(hostile, { ...scene, rows }, colours);
    expect(text).not.toContain('<script');
    const names = [...parsed(text).querySelectorAll('text')].map(({ textContent }) => textContent);
    expect(names).toContain('rank 318');
    // The ground of the picture and the clips, then for each row its ground and one box.
    expect(parsed(text).querySelectorAll('rect[fill="grid-held-colour"]')).toHaveLength(319);
    expect(text.length).toBeLessThan(200_000);
  });

  it('breaks a run where a cell has a mark or an outline', () => {
    const outlined = new Uint8Array(256);
    outlined[10] = 1;
    const marks = new Uint8Array(256);
    marks[20] = 2;
    const text = cellGridSvg('x', { ...scene, emphasised: -1, rows: [{ ...row, outlined, marks }] }, colours);
    expect(parsed(text).querySelectorAll('rect[fill="grid-held-colour"]')).toHaveLength(4);
    expect(parsed(text).querySelectorAll('rect[stroke="accent-colour"]')).toHaveLength(1);
  });
});
