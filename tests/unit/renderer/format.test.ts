import { describe, expect, it } from 'vitest';
import {
  formatBox,
  formatByteRate,
  formatBytes,
  formatCount,
  formatCountOf,
  formatMicros,
  formatMicrosTick,
  formatNumber,
  formatPercent,
  formatProbability,
  formatShape,
  visibleText,
} from '../../../renderer/format.ts';

describe('format', () => {
  it('writes the ticks of a time axis without zeros that say nothing', () => {
    expect([0, 5, 400, 10_000, 147_200, 100_000, 2_500_000].map(formatMicrosTick)).toEqual([
      '0',
      '5 µs',
      '0.4 ms',
      '10 ms',
      '147.2 ms',
      '100 ms',
      '2.5 s',
    ]);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [15_420_000_000, '15.42 GB'],
    [147_200_000, '147.2 MB'],
    [999_949, '999.9 kB'],
    [999_950, '1.00 MB'],
    [2.5e18, '2,500 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0, '0.00 ms'],
    [8.2, '8.2 µs'],
    [420, '0.42 ms'],
    [12_345, '12.35 ms'],
    [999_940, '999.9 ms'],
    [1_230_000, '1.23 s'],
  ])('%d micros are %s', (micros, text) => {
    expect(formatMicros(micros)).toBe(text);
  });

  it('groups counts and knows one from many', () => {
    expect(formatCount(91_991)).toBe('91,991');
    expect(formatCountOf(1, 'tensor')).toBe('1 tensor');
    expect(formatCountOf(1564, 'tensor')).toBe('1,564 tensors');
  });

  it('keeps four significant digits at most', () => {
    expect([4.812, 14.7249, 147.249, 1472.4].map(formatNumber)).toEqual(['4.81', '14.72', '147.2', '1,472']);
    expect(formatNumber(99.996)).toBe('100.0');
  });

  it('shows a dash where there is no value', () => {
    expect([formatPercent(Number.NaN), formatNumber(Number.NaN), formatByteRate(5, 0)]).toEqual(['–', '–', '–']);
    expect(formatProbability(Number.NaN)).toBe('–');
  });

  it('shows shares, rates, shapes and boxes', () => {
    expect(formatPercent(0.8634)).toBe('86.3 %');
    expect(formatByteRate(2_408_000, 2000)).toBe('1.20 GB/s');
    expect(formatShape([2048, 7168])).toBe('2048 × 7168');
    expect(formatShape([])).toBe('scalar');
    expect(
      formatBox([
        [0, 96],
        [96, 192],
      ]),
    ).toBe('[0:96, 96:192]');
  });

  it('makes white space and rare glyphs of tokens visible', () => {
    expect(visibleText('a\n\tb\r')).toBe('a↵⇥b␍');
    expect(visibleText('<｜begin▁of▁sentence｜>')).toBe('<|begin_of_sentence|>');
  });
});
