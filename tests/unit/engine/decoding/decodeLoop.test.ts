import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greedy } from '../../../../electron/common/domain.ts';
import { Acceptance } from '../../../../electron/engine/decoding/acceptance.ts';
import { decodeLoop, type EndReason, type LoopStep } from '../../../../electron/engine/decoding/decodeLoop.ts';
import { judgeGreedy } from '../../../../electron/engine/decoding/rejectionSampler.ts';
import { makeChooser } from '../../../../electron/engine/decoding/tokenChooser.ts';
import type { Candidate, Drafter, Target, TargetRows } from '../../../../electron/engine/decoding/tokenModel.ts';

const only = (id: number): Candidate[] => [{ id, probability: 1 }];

const rowsOf = (candidates: Candidate[][]): TargetRows => ({
  candidates,
  draftProbabilities: candidates.slice(1).map(() => 0.5),
  logits: new Float32Array(),
  micros: 1,
});

/** A target whose next token is a function of the position and the last token. */
class ScriptedTarget implements Target {
  readonly rule: (last: number, position: number) => number;
  passes = 0;
  constructor(rule: (last: number, position: number) => number) {
    this.rule = rule;
  }
  prefill(ids: readonly number[]) {
    return Promise.resolve(rowsOf([only(this.rule(ids[ids.length - 1] as number, ids.length))]));
  }
  verify(lastId: number, draftIds: readonly number[], contextLength: number) {
    this.passes++;
    const rows = [lastId, ...draftIds].map((id, at) => only(this.rule(id, contextLength + at)));
    return Promise.resolve(rowsOf(rows));
  }
}

class ScriptedDrafter implements Drafter {
  readonly rule: (last: number, position: number) => number;
  settled: number[] = [];
  constructor(rule: (last: number, position: number) => number) {
    this.rule = rule;
  }
  propose(committed: readonly number[], k: number) {
    const ids: number[] = [];
    let last = committed[committed.length - 1] as number;
    for (let at = 0; at < k; at++) {
      last = this.rule(last, committed.length + at);
      ids.push(last);
    }
    return Promise.resolve({ ids, candidates: ids.map(only), micros: 1 });
  }
  settle(accepted: number) {
    this.settled.push(accepted);
  }
}

async function run(
  target: Target,
  drafter: Drafter | null,
  options: {
    maxTokens: number;
    k: number | (() => number);
    ends?: number[];
    signal?: AbortSignal;
    maxPositions?: number;
  },
) {
  const loop = decodeLoop(
    target,
    drafter,
    makeChooser(greedy, 1000, 1),
    {
      promptIds: [5],
      maxTokens: options.maxTokens,
      numSpeculativeTokens: () => (typeof options.k === 'number' ? options.k : options.k()),
      maxPositions: options.maxPositions ?? 10_000,
      vocab: 1000,
      endTokenIds: options.ends ?? [],
    },
    options.signal ?? new AbortController().signal,
  );
  const outputs: number[] = [];
  const steps: LoopStep[] = [];
  let next = await loop.next();
  while (next.done !== true) {
    if (next.value.kind === 'prefill') outputs.push(next.value.id);
    else {
      steps.push(next.value.step);
      outputs.push(...next.value.step.outputIds);
    }
    next = await loop.next();
  }
  const reason: EndReason = next.value;
  return { outputs, steps, reason };
}

const counting = (last: number) => last + 1;

describe('judgeGreedy', () => {
  it('accepts the longest right prefix', () => {
    expect(judgeGreedy([1, 2, 3], [1, 2, 9, 4])).toEqual({
      accepted: 2,
      nextId: 9,
      kind: 'recovered',
      verdicts: ['accepted', 'accepted', 'rejected'],
    });
    expect(judgeGreedy([1, 2], [7, 2, 3]).verdicts).toEqual(['rejected', 'notReached']);
    expect(judgeGreedy([1], [1, 8])).toMatchObject({ accepted: 1, nextId: 8, kind: 'bonus' });
    expect(judgeGreedy([], [4])).toMatchObject({ accepted: 0, nextId: 4, kind: 'bonus', verdicts: [] });
    expect(() => judgeGreedy([1], [1])).toThrow(RangeError);
  });
});

describe('Acceptance', () => {
  it('counts as the reference engine does', () => {
    const acceptance = new Acceptance(3);
    acceptance.observe(3, 2);
    acceptance.observe(3, 0);
    acceptance.observe(3, 3);
    expect(acceptance.counters()).toEqual({
      numSteps: 3,
      numDrafts: 3,
      drafted: 9,
      accepted: 5,
      acceptedAtLeast: [2, 2, 1],
    });
  });
});

describe('decodeLoop', () => {
  it('takes k + 1 tokens a step from a perfect drafter', async () => {
    const target = new ScriptedTarget(counting);
    const { outputs, steps, reason } = await run(target, new ScriptedDrafter(counting), { maxTokens: 9, k: 3 });
    expect(outputs).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(steps.map((step) => [step.contextLen, step.accepted, step.kind])).toEqual([
      [2, 3, 'bonus'],
      [6, 3, 'bonus'],
    ]);
    expect(reason).toBe('length');
    expect(target.passes).toBe(2);
  });

  it('records the last step whole and cuts the output', async () => {
    const { outputs, steps } = await run(new ScriptedTarget(counting), new ScriptedDrafter(counting), {
      maxTokens: 3,
      k: 5,
    });
    expect(outputs).toEqual([6, 7, 8]);
    expect(steps[0]).toMatchObject({ accepted: 5, draftIds: [7, 8, 9, 10, 11], nextId: 12, outputIds: [7, 8] });
  });

  it('ends after an end token, also inside accepted drafts', async () => {
    const options = { maxTokens: 50, k: 4, ends: [9] };
    const { outputs, reason } = await run(new ScriptedTarget(counting), new ScriptedDrafter(counting), options);
    expect(outputs).toEqual([6, 7, 8, 9]);
    expect(reason).toBe('endToken');
    const first = await run(new ScriptedTarget(counting), null, { maxTokens: 50, k: 0, ends: [6] });
    expect(first).toMatchObject({ outputs: [6], reason: 'endToken', steps: [] });
  });

  it('does not take an end token beyond maxTokens for an end', async () => {
    const options = { maxTokens: 3, k: 4, ends: [9] };
    expect((await run(new ScriptedTarget(counting), new ScriptedDrafter(counting), options)).reason).toBe('length');
  });

  it('asks for k before every step, and counts only the steps that had drafts', async () => {
    const wanted = [2, 2, 0, 3, 1];
    let asked = 0;
    const k = () => wanted[Math.min(asked++, wanted.length - 1)] as number;
    const { steps, outputs } = await run(new ScriptedTarget(counting), new ScriptedDrafter(counting), {
      maxTokens: 12,
      k,
    });
    expect(steps.map((step) => step.draftIds.length)).toEqual([2, 0, 3, 1, 1]);
    expect(outputs).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
    expect(steps.at(-1)?.counters).toMatchObject({ numSteps: 5, numDrafts: 4, acceptedAtLeast: [4, 2, 1] });
  });

  it('does not draft in a step whose drafts would pass the last position', async () => {
    const { steps } = await run(new ScriptedTarget(counting), new ScriptedDrafter(counting), {
      maxTokens: 8,
      k: 3,
      maxPositions: 7,
    });
    expect(steps.map(({ contextLen, draftIds }) => [contextLen, draftIds.length])).toEqual([
      [2, 3],
      [6, 0],
      [7, 0],
      [8, 0],
    ]);
  });

  it('stops when aborted', async () => {
    const result = await run(new ScriptedTarget(counting), null, { maxTokens: 50, k: 0, signal: AbortSignal.abort() });
    expect(result).toMatchObject({ outputs: [6], reason: 'stopped' });
  });

  it('gives the text of plain decoding whatever the drafter says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 2, max: 11 }),
        fc.integer({ min: 1, max: 7 }),
        async (k, maxTokens, modulus, wrongEvery) => {
          const rule = (last: number, position: number) => (last * 7 + position * 3) % modulus;
          const drafter = new ScriptedDrafter(
            (last, position) => rule(last, position) + (position % wrongEvery === 0 ? 1 : 0),
          );
          const plain = await run(new ScriptedTarget(rule), null, { maxTokens, k: 0, ends: [modulus - 1] });
          const speculative = await run(new ScriptedTarget(rule), drafter, { maxTokens, k, ends: [modulus - 1] });
          expect(speculative.outputs).toEqual(plain.outputs);
          expect(speculative.reason).toBe(plain.reason);
          expect(drafter.settled).toEqual(speculative.steps.map((step) => step.accepted));
        },
      ),
    );
  });
});
