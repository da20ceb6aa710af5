import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CliOutput, printResult } from '../../../electron/cli/cliOutput.ts';
import { jsonPieces } from '../../../electron/cli/jsonText.ts';
import { Rows } from '../../../electron/engine/loading/rows.ts';

const textOf = (value: unknown) => [...jsonPieces(value)].join('');

describe('jsonPieces', () => {
  it('gives what JSON.stringify gives', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => textOf(value) === JSON.stringify(value)));
    for (const odd of [
      { a: undefined, b: [undefined] },
      [undefined],
      { d: new Date(0) },
      { x: new Int32Array(2) },
      {},
      [],
    ])
      expect(textOf(odd)).toBe(JSON.stringify(odd));
  });

  it('writes rows as an array, one after another, wherever they stand', () => {
    const rows = new Rows(function* () {
      for (let at = 0; at < 3; at++) yield { at };
    });
    const value = { list: rows, inside: { deeper: { still: rows, deepest: { rows } } }, none: new Rows(() => []) };
    expect(textOf(value)).toBe(JSON.stringify(value));
    expect(JSON.parse(textOf(value)).inside.deeper.still).toEqual([{ at: 0 }, { at: 1 }, { at: 2 }]);
  });

  it('makes no row before the one in front of it is written', () => {
    let made = 0;
    const rows = new Rows(function* () {
      for (; made < 1000; made++) yield 'x'.repeat(1000);
    });
    const pieces = jsonPieces({ rows });
    const { value: first } = pieces.next();
    expect(made).toBeLessThan(100);
    expect(first?.length).toBeLessThan(100_000);
  });
});

describe('printResult', () => {
  it('waits for a slow reader and stops when it is gone', async () => {
    let written = 0;
    let made = 0;
    const output: CliOutput = {
      result: async () => {
        written++;
        await Promise.resolve();
      },
      get isClosed() {
        return written >= 2;
      },
      note: () => undefined,
      interactive: false,
    };
    const rows = new Rows(function* () {
      for (; made < 10_000; made++) yield 'x'.repeat(1000);
    });
    await printResult(output, { rows });
    expect(written).toBe(2);
    expect(made).toBeLessThan(1000);
  });
});
