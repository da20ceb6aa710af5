/** The quick way through an index against the JSON parser. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseShardIndex, scanPlainIndex } from '../../../../electron/engine/checkpoint/shardIndex.ts';

const name = fc.stringMatching(/^[a-z][a-z0-9_.]{0,30}$/);

/** What the JSON parser says about the text; null = it is no usable index. */
function byParser(text: string): [string, string][] | null {
  try {
    return Object.entries((JSON.parse(text) as { weight_map: Record<string, string> }).weight_map);
  } catch {
    return null;
  }
}

describe('scanPlainIndex', () => {
  it('reads what the JSON parser reads, with and without white space, doubled names included', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 30 }),
        fc.constantFrom('', ' ', '\n    '),
        fc.boolean(),
        (entries, space, first) => {
          const map = `"weight_map":${space}{${entries.map(([tensor, file]) => `${space}"${tensor}"${space}:${space}"${file}"`).join(`${space},`)}${space}}`;
          const meta = '"metadata": {"total_size": 17}';
          const text = `{${first ? `${map},${meta}` : `${meta},${map}`}}`;
          const scanned = scanPlainIndex(text);
          expect(scanned === null ? null : [...scanned.weightMap]).toEqual(byParser(text));
          expect(scanned?.totalSize).toBe(17);
        },
      ),
    );
  });

  it('never takes a damaged index for a whole one', () => {
    const text = JSON.stringify({ metadata: {}, weight_map: { 'a.b': 'x.safetensors', 'a.c': 'y.safetensors' } });
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('', '"', '}', '{', ',', ':', '\n', '\\'), (at, instead) => {
        const damaged = text.slice(0, at) + instead + text.slice(at + 1);
        const scanned = scanPlainIndex(damaged);
        if (scanned !== null) expect([...scanned.weightMap]).toEqual(byParser(damaged));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['escapes', '{"weight_map":{"a\\u0062":"x"}}'],
    ['names that are numbers', '{"weight_map":{"b":"x","1":"y"}}'],
    ['file names that are no text', '{"weight_map":{"a":1}}'],
    ['no entries', '{"weight_map":{}}'],
    ['a second weight map', '{"weight_map":{"a":"x"},"weight_map":{"b":"y"}}'],
    ['a weight map somewhere else', '{"metadata":{"weight_map":{"a":"x"}}}'],
    ['raw control characters', '{"weight_map":{"a\nb":"x"}}'],
  ])('leaves %s to the JSON parser', (_, text) => {
    expect(scanPlainIndex(text)).toBeNull();
  });

  it('gives the same result through parseShardIndex either way', () => {
    const plain = parseShardIndex('{"weight_map":{"ab":"x"}}', 'p');
    const escaped = parseShardIndex('{"weight_map":{"a\\u0062":"x"}}', 'p');
    expect([...plain.weightMap]).toEqual([...escaped.weightMap]);
  });
});
