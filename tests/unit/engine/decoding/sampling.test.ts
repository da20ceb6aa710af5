import { describe, expect, it } from 'vitest';
import type { SamplingParams } from '../../../../electron/common/domain.ts';
import { decodeLoop } from '../../../../electron/engine/decoding/decodeLoop.ts';
import { RandomSource } from '../../../../electron/engine/decoding/randomSource.ts';
import { SamplingConstraints } from '../../../../electron/engine/decoding/samplingConstraints.ts';
import { type Choice, makeChooser, type TokenChooser } from '../../../../electron/engine/decoding/tokenChooser.ts';
import type { Drafter, Target, TargetRows } from '../../../../electron/engine/decoding/tokenModel.ts';

describe('RandomSource', () => {
  it('is xoshiro128**: its first numbers from the state 1, 2, 3, 4', () => {
    const random = new RandomSource([1, 2, 3, 4]);
    expect([random.bits(), random.bits(), random.bits(), random.bits()]).toEqual([11520, 0, 5927040, 70819200]);
  });

  it('draws uniforms from [0, 1) and exponentials above 0, with the right means', () => {
    const random = RandomSource.fromSeed(7);
    const uniforms = Array.from({ length: 20_000 }, () => random.uniform());
    expect(Math.min(...uniforms)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniforms)).toBeLessThan(1);
    expect(uniforms.reduce((sum, value) => sum + value) / uniforms.length).toBeCloseTo(0.5, 1.7);
    const exponentials = new Float64Array(20_000);
    random.exponentials(exponentials);
    expect(Math.min(...exponentials)).toBeGreaterThan(0);
    expect(exponentials.reduce((sum, value) => sum + value) / exponentials.length).toBeCloseTo(1, 1.5);
  });

  it('differs from seed to seed, up to the largest', () => {
    const first = [0, 1, 2, 2 ** 32, Number.MAX_SAFE_INTEGER].map((seed) => RandomSource.fromSeed(seed).bits());
    expect(new Set(first).size).toBe(first.length);
  });
});

describe('SamplingConstraints', () => {
  const probabilities = (logits: number[], params: Partial<SamplingParams>) => {
    const into = new Float64Array(logits.length);
    const constraints = new SamplingConstraints({ temperature: 1, topK: 0, topP: 1, seed: 0, ...params });
    constraints.probabilities(Float32Array.from(logits), into);
    return [...into];
  };
  const logs = [0.1, 0.2, 0.3, 0.4].map(Math.log);

  it('divides by the temperature', () => {
    const [low = 0, high = 0] = probabilities([0, 1], { temperature: 0.5 });
    expect(high / low).toBeCloseTo(Math.E ** 2, 5);
  });

  it('keeps the k best, and all that equal the last of them', () => {
    expect(probabilities(logs, { topK: 2 }).map((p) => p > 0)).toEqual([false, false, true, true]);
    expect(probabilities([1, 1, 0, 1], { topK: 2 }).map((p) => p > 0)).toEqual([true, true, false, true]);
    expect(probabilities(logs, { topK: 9 })).toEqual(probabilities(logs, {}));
  });

  it('keeps the most probable tokens that make up top-p, at least one, and scales them to 1', () => {
    const nucleus = probabilities(logs, { topP: 0.65 });
    expect(nucleus.map((p) => p > 0)).toEqual([false, false, true, true]);
    expect(nucleus.reduce((sum, p) => sum + p)).toBeCloseTo(1, 12);
    expect(probabilities(logs, { topP: 1e-9 })).toEqual([0, 0, 0, 1]);
  });

  it('applies top-p to what top-k left over', () => {
    // Of 0.3 and 0.4 alone, 0.3 is 43 %: it goes when 57 % are enough.
    expect(probabilities(logs, { topK: 2, topP: 0.55 })).toEqual([0, 0, 0, 1]);
    expect(probabilities(logs, { topP: 0.55 }).map((p) => p > 0)).toEqual([false, false, true, true]);
  });

  it('has no distribution at temperature 0', () => {
    expect(() => new SamplingConstraints({ temperature: 0, topK: 0, topP: 1, seed: 0 })).toThrow(RangeError);
  });
});

const vocab = 5;

/** Logits that depend on the last token alone: a small Markov chain. */
function logitsAfter(last: number): number[] {
  return Array.from({ length: vocab }, (_, id) => Math.sin(last * 3 + id * 5) * 2);
}

class ChainTarget implements Target {
  prefill(ids: readonly number[]) {
    return Promise.resolve(this.#rows([ids.at(-1) as number]));
  }
  verify(lastId: number, draftIds: readonly number[]) {
    return Promise.resolve(this.#rows([lastId, ...draftIds]));
  }
  #rows(after: number[]): TargetRows {
    const logits = Float32Array.from(after.flatMap(logitsAfter));
    return { candidates: after.map(() => []), draftProbabilities: [], logits, micros: 1 };
  }
}

/** Always proposes the chain's most likely way on, which is often refused. */
class ChainDrafter implements Drafter {
  propose(committed: readonly number[], k: number) {
    const ids: number[] = [];
    for (let last = committed.at(-1) as number; ids.length < k; ids.push(last)) {
      const logits = logitsAfter(last);
      last = logits.indexOf(Math.max(...logits));
    }
    return Promise.resolve({ ids, candidates: ids.map((id) => [{ id, probability: 1 }]), micros: 1 });
  }
  settle() {}
}

async function decode(chooser: TokenChooser, k: number, maxTokens: number): Promise<number[]> {
  const request = {
    promptIds: [0],
    maxTokens,
    numSpeculativeTokens: () => k,
    maxPositions: 1e9,
    vocab,
    endTokenIds: [],
  };
  const loop = decodeLoop(new ChainTarget(), new ChainDrafter(), chooser, request, new AbortController().signal);
  const outputs: number[] = [];
  for await (const event of loop) outputs.push(...(event.kind === 'prefill' ? [event.id] : event.step.outputIds));
  return outputs;
}

/**
 * Chi-square of the transitions in a text against the chain's own probabilities: one row per token that is followed.
 * With `vocab` rows of `vocab` cells there are 20 degrees of freedom: 99.9 % of right samplers stay below 45.3.
 */
function chiSquare(text: readonly number[], params: SamplingParams): number {
  const constraints = new SamplingConstraints(params);
  const expected = new Float64Array(vocab);
  let sum = 0;
  for (let last = 0; last < vocab; last++) {
    const counts = new Array<number>(vocab).fill(0);
    text.slice(1).forEach((id, at) => {
      if (text[at] === last) counts[id] = (counts[id] as number) + 1;
    });
    const total = counts.reduce((left, right) => left + right);
    constraints.probabilities(Float32Array.from(logitsAfter(last)), expected);
    counts.forEach((count, id) => {
      const mean = total * (expected[id] as number);
      if (mean > 0) sum += (count - mean) ** 2 / mean;
      else expect(count).toBe(0);
    });
  }
  return sum;
}
const limit = 45.3;

describe('sampling with drafts', () => {
  const paramsOf = (patch: Partial<SamplingParams>): SamplingParams => ({
    temperature: 1,
    topK: 0,
    topP: 1,
    seed: 42,
    ...patch,
  });
  const settings: [string, Partial<SamplingParams>][] = [
    ['temperature 1', {}],
    ['temperature 0.7', { temperature: 0.7 }],
    ['top-k 3', { topK: 3 }],
    ['top-p 0.8', { topP: 0.8 }],
  ];
  for (const [name, patch] of settings) {
    for (const k of [0, 1, 3]) {
      it(`gives the target's own distribution: ${name}, k = ${k}`, async () => {
        const params = paramsOf(patch);
        const text = await decode(makeChooser(params, vocab, 2), k, 20_000);
        expect(chiSquare(text, params)).toBeLessThan(limit);
      });
    }
  }

  it('would notice a wrong rule: a rejected draft replaced by a plain draw, or drafts taken too easily', async () => {
    const params = paramsOf({});
    const wrong = (change: (choice: Choice, draftIds: readonly number[], rows: TargetRows) => Choice): TokenChooser => {
      const right = makeChooser(params, vocab, 2);
      return { choose: (draftIds, rows) => change(right.choose(draftIds, rows), draftIds, rows) };
    };
    const random = RandomSource.fromSeed(1);
    const plainDraw = wrong((choice, _, rows) => {
      if (choice.kind === 'bonus') return choice;
      const p = new Float64Array(vocab);
      new SamplingConstraints(params).probabilities(
        rows.logits.subarray(choice.accepted * vocab, (choice.accepted + 1) * vocab),
        p,
      );
      const draw = random.uniform();
      const upTo = p.map((_, id) => p.slice(0, id + 1).reduce((sum, share) => sum + share));
      return { ...choice, nextId: upTo.findIndex((sum) => draw < sum) };
    });
    expect(chiSquare(await decode(plainDraw, 3, 20_000), params)).toBeGreaterThan(limit);
    const easy = wrong((choice, draftIds) => {
      const first = choice.targetProbabilities[0];
      if (choice.accepted > 0 || first === undefined || first < (choice.uniforms[0] as number) * 0.8) return choice;
      return { ...choice, nextId: draftIds[0] as number };
    });
    expect(chiSquare(await decode(easy, 1, 20_000), params)).toBeGreaterThan(limit);
  });

  it('repeats a run with the same seed and not with another', async () => {
    const text = (seed: number) => decode(makeChooser(paramsOf({ seed }), vocab, 2), 2, 200);
    expect(await text(5)).toEqual(await text(5));
    expect(await text(5)).not.toEqual(await text(6));
  });

  it('says what decided: p and u of every draft, the best tokens of every row, the token that would take its place', () => {
    const chooser = makeChooser(paramsOf({ topK: 2 }), vocab, 3);
    const rows: TargetRows = {
      candidates: [],
      draftProbabilities: [],
      logits: Float32Array.from([...logitsAfter(0), ...logitsAfter(1)]),
      micros: 0,
    };
    const choice = chooser.choose([1], rows);
    expect(choice.uniforms).toHaveLength(1);
    expect(choice.targetIds).toHaveLength(2);
    expect(choice.targetIds[0]).not.toBe(1);
    // Only the two that top-k leaves are candidates.
    expect(choice.targetCandidates.map((row) => row.length)).toEqual([2, 2]);
    const [best] = choice.targetCandidates[0] ?? [];
    expect(best?.probability).toBeGreaterThan(0.5);
    expect(choice.verdicts[0]).toBe(
      (choice.targetProbabilities[0] as number) >= (choice.uniforms[0] as number) ? 'accepted' : 'rejected',
    );
  });
});
