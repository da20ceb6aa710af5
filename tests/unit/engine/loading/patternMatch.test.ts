/** Patterns of ignore lists against JavaScript's own expressions, and against time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../electron/engine/loading/findings/patternMatch.ts';

const matches = (pattern: string, text: string) => compilePattern(pattern)?.(text) ?? null;

describe('compilePattern', () => {
  it.each<[string, string, boolean]>([
    ['.*mlp.gate$', 'model.layers.3.mlp.gate', true],
    ['.*mlp.gate$', 'model.layers.3.mlp.gate_proj', false],
    ['model\\.layers\\.61\\..*', 'model.layers.61.mlp.gate', true],
    ['model\\.layers\\.6\\..*', 'model.layers.61.mlp.gate', false],
    ['.*layers.1..*', 'model.layers.10.mlp.gate', true],
    ['.*layers\\.1\\..*', 'model.layers.10.mlp.gate', false],
    ['.*layers\\.\\d\\.', 'model.layers.61.mlp', false],
    ['.*layers\\.\\d+\\.', 'model.layers.61.mlp', true],
    ['.*layers\\.(?:60|61)\\..*_proj$', 'model.layers.61.self_attn.o_proj', true],
    ['.*layers\\.(?:60|61)\\..*_proj$', 'model.layers.62.self_attn.o_proj', false],
    ['.*mlp\\.(gate|up|gate_up|down)_proj.*', 'model.layers.0.mlp.gate_up_proj', true],
    ['.*layers\\.(6[0-9]|7[^0-7])\\.', 'model.layers.78.mlp', true],
    ['.*layers\\.(6[0-9]|7[^0-7])\\.', 'model.layers.77.mlp', false],
    ['.*layers?\\.3', 'model.layer.3', true],
    ['mlp', 'model.layers.3.mlp', false],
    ['^model', 'model.layers', true],
    ['.*self_attn', 'model.layers.3.self_attn.kv_b_proj', true],
    ['.*experts\\.\\d{2,3}\\.', 'model.layers.3.mlp.experts.9.up_proj', false],
    ['.*experts\\.\\d{2,3}\\.', 'model.layers.3.mlp.experts.99.up_proj', true],
    ['lm_head', 'lm_head', true],
    ['a\\.*', 'a...', true],
    ['', 'anything', true],
  ])('%s on %s: %s', (pattern, text, expected) => expect(matches(pattern, text)).toBe(expected));

  it.each(['(?!mtp).*', '(a)\\1', '(?i)abc', 'a**', '*a', '(a', 'a)', '[a', 'a++', '\\bmlp'])(
    '%s is not understood',
    (pattern) => expect(compilePattern(pattern)).toBeNull(),
  );

  it('agrees with the expressions of the language on whatever is put together from these parts', () => {
    const atom = fc.constantFrom('a', 'b', '.', '\\.', '\\d', '[ab]', '[^a]', '1', '^', '$');
    const count = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{1,}', '*?');
    const part = fc.tuple(atom, count).map(([one, times]) => (one === '^' || one === '$' ? one : one + times));
    const sequence = fc.array(part, { maxLength: 5 }).map((parts) => parts.join(''));
    const group = fc.tuple(sequence, sequence, count).map(([left, right, times]) => `(?:${left}|${right})${times}`);
    const pattern = fc.array(fc.oneof(sequence, group), { maxLength: 4 }).map((parts) => parts.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '1'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, text, (body, given) => {
        const expected = new RegExp(`^(?:${body})`).test(given);
        expect(matches(body, given)).toBe(expected);
        // Too many ways for the language's own matcher, so that the other one answers too.
        expect(matches(`${body}(?:(?:a|)*)`, given)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['(a*)*b', '(a+)+b$', '(.*a){9}x', '((((a*)*)*)*)*c', '.*.*.*.*.*.*.*.*.*z', '(a|a|a)*(a|a)*b'])(
    '%s gives up or answers, and never goes on for ever',
    (pattern) => {
      // Going back, any of these would need more steps than there are atoms.
      expect(matches(pattern, 'a'.repeat(4000))).toBe(false);
    },
  );
});
