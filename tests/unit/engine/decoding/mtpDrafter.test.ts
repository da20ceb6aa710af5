import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Alternative, alternatives, type Predictor } from '../../../../electron/common/domain.ts';
import { MtpDrafter, referenceNotes } from '../../../../electron/engine/decoding/mtpDrafter.ts';
import type {
  NativeMtpPass,
  NativePassOptions,
  NativePassOutput,
  NativeSequence,
} from '../../../../electron/engine/kernels/kernels.ts';

/** A small string hash: equal inputs, equal "hidden state". */
function hash(...parts: unknown[]): number {
  let value = 17;
  for (const character of JSON.stringify(parts)) value = (value * 31 + character.charCodeAt(0)) % 1_000_003;
  return value;
}

const vocabulary = 13;

/**
 * A sequence whose MTP layers hash what they are fed instead of computing. A row depends on every earlier row of its
 * layer as through a KV cache, so a stale or missing row changes all drafts after it.
 */
class HashingSequence implements NativeSequence {
  readonly bytes = 0;
  readonly passes: { pass: NativeMtpPass; tokens: number[] }[] = [];
  /** Tokens that the target has run. */
  committed: number[] = [];
  readonly #rows: { input: number; output: number }[][] = [];

  targetPass(): Promise<NativePassOutput> {
    return Promise.reject(new Error('the drafter must not run the target'));
  }

  mtpPass(pass: NativeMtpPass, tokens: Int32Array, _options: NativePassOptions): Promise<NativePassOutput> {
    this.passes.push({ pass, tokens: [...tokens] });
    this.#rows[pass.layer] ??= [];
    const rows = this.#rows[pass.layer] as { input: number; output: number }[];
    let output = 0;
    tokens.forEach((token, at) => {
      const hidden = hash(this.#hidden(pass.hiddenLayer, pass.hiddenFirstRow + at), pass.normedChain);
      const row = pass.firstRow + at;
      if (row > rows.length) throw new Error(`layer ${pass.layer} skips from row ${rows.length} to row ${row}`);
      const input = hash(token, hidden, row, pass.zeroEmbeddingAtPositionZero && row === 0);
      const before = rows.slice(0, row).map((entry) => entry.input);
      output = hash(pass.layer, before, input, pass.targetHead, pass.targetEmbedding);
      rows[row] = { input, output };
    });
    return Promise.resolve({
      rows: 1,
      topIds: Int32Array.from([output % vocabulary]),
      topProbs: Float32Array.from([1]),
      probeProbs: new Float32Array(1),
      logits: new Float32Array(),
      routed: new Int32Array(),
      micros: 1,
    });
  }

  close(): void {}

  #hidden(layer: number, row: number): number {
    if (layer < 0) {
      if (row >= this.committed.length) throw new Error(`the target has not run row ${row}`);
      return hash('target', layer, this.committed.slice(0, row + 1));
    }
    const entry = this.#rows[layer]?.[row];
    if (entry === undefined) throw new Error(`layer ${layer} has no row ${row}`);
    return entry.output;
  }
}

/** Drafts of a drafter that has never seen anything: nothing cached. */
async function fresh(
  tokens: readonly number[],
  options: { numModules: number; predictor: Predictor; alternatives: readonly Alternative[]; top: number },
  k: number,
): Promise<number[]> {
  const sequence = new HashingSequence();
  sequence.committed = tokens.slice(0, -1);
  return [...(await new MtpDrafter(sequence, options).propose(tokens, k)).ids];
}

describe('MtpDrafter', () => {
  it('drafts the same with its caches as from scratch, whatever is accepted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Predictor>('modules', 'referenceEngine'),
        fc.subarray([...alternatives]),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.integer({ min: 0, max: vocabulary - 1 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.record({ k: fc.integer({ min: 1, max: 6 }), accept: fc.nat(6), next: fc.nat(vocabulary - 1) }), {
          minLength: 1,
          maxLength: 8,
        }),
        async (predictor, chosen, numModules, prompt, rounds) => {
          const sequence = new HashingSequence();
          const options = { numModules, predictor, alternatives: chosen, top: 1 };
          const drafter = new MtpDrafter(sequence, options);
          const tokens = [...prompt, 3];
          for (const { k, accept, next } of rounds) {
            sequence.committed = tokens.slice(0, -1);
            const { ids } = await drafter.propose(tokens, k);
            expect(ids).toEqual(await fresh(tokens, options, k));
            const accepted = Math.min(accept, k);
            drafter.settle(accepted);
            tokens.push(...ids.slice(0, accepted), next);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('runs each row of a module once while its tokens stand', async () => {
    const sequence = new HashingSequence();
    const drafter = new MtpDrafter(sequence, { numModules: 2, predictor: 'modules', alternatives: [], top: 1 });
    const tokens = [1, 2, 3, 4];
    sequence.committed = tokens.slice(0, -1);
    const { ids } = await drafter.propose(tokens, 2);
    drafter.settle(2);
    tokens.push(...ids, 9);
    sequence.committed = tokens.slice(0, -1);
    sequence.passes.length = 0;
    await drafter.propose(tokens, 2);
    // Both drafts stood: three new target rows, three new rows in each module.
    expect(sequence.passes.map(({ pass, tokens: fed }) => [pass.layer, pass.firstRow, fed.length])).toEqual([
      [0, 3, 3],
      [1, 3, 3],
    ]);
  });

  it('runs a row of the second module again when the draft in it was rejected', async () => {
    const sequence = new HashingSequence();
    const drafter = new MtpDrafter(sequence, { numModules: 2, predictor: 'modules', alternatives: [], top: 1 });
    sequence.committed = [1, 2, 3];
    await drafter.propose([1, 2, 3, 4], 2);
    drafter.settle(0);
    sequence.committed = [1, 2, 3, 4];
    sequence.passes.length = 0;
    await drafter.propose([1, 2, 3, 4, 5], 2);
    expect(sequence.passes.map(({ pass }) => [pass.layer, pass.firstRow])).toEqual([
      [0, 3],
      [1, 2],
    ]);
  });

  it.each<[Alternative, (passes: readonly NativeMtpPass[]) => unknown, unknown]>([
    ['mask_pos0', (passes) => passes.map((pass) => pass.zeroEmbeddingAtPositionZero), [true, true, true]],
    // Only what comes from another MTP layer, or from the layer itself, is normed on the way.
    [
      'chain_postnorm',
      (passes) => passes.map((pass) => [pass.hiddenLayer, pass.normedChain]),
      [
        [-1, false],
        [0, true],
        [1, true],
      ],
    ],
    ['main_prenorm', (passes) => passes.map((pass) => pass.hiddenLayer), [-2, 0, 1]],
  ])('feeds the layers as %s says', async (alternative, of, expected) => {
    const sequence = new HashingSequence();
    sequence.committed = [1, 2];
    const options = { numModules: 2, predictor: 'modules', alternatives: [alternative], top: 1 } as const;
    await new MtpDrafter(sequence, options).propose([1, 2, 3], 3);
    expect(of(sequence.passes.map(({ pass }) => pass))).toEqual(expected);
  });

  it('uses only the first layer, the target embedding and head, and zeroes position 0 as the reference engine', async () => {
    const sequence = new HashingSequence();
    sequence.committed = [1, 2];
    await new MtpDrafter(sequence, { numModules: 3, predictor: 'referenceEngine', alternatives: [], top: 1 }).propose(
      [1, 2, 3],
      3,
    );
    expect(sequence.passes.map(({ pass }) => pass)).toEqual(
      [0, 2, 3].map((firstRow, at) => ({
        layer: 0,
        firstRow,
        hiddenLayer: at === 0 ? -1 : 0,
        hiddenFirstRow: at === 0 ? 0 : firstRow - 1,
        normedChain: false,
        zeroEmbeddingAtPositionZero: true,
        targetEmbedding: true,
        targetHead: true,
      })),
    );
  });
});

describe('referenceNotes', () => {
  it('says where vLLM would refuse', () => {
    expect(referenceNotes('referenceEngine', 3, 2)[0]).toMatch(/would refuse 3 speculative tokens/);
    expect(referenceNotes('referenceEngine', 4, 2)[0]).toMatch(/runs only the first of the 2 MTP layers/);
    expect(referenceNotes('referenceEngine', 1, 2)).toEqual([]);
    expect(referenceNotes('modules', 3, 2)).toEqual([]);
  });
});
