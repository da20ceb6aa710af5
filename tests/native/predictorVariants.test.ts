/** The demo checkpoint drafting in the ways in which engines differ: the text stays, and drafts are those of `forward`. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodeStep } from '../../electron/common/contract.ts';
import { type Alternative, alternatives, greedy, type Predictor } from '../../electron/common/domain.ts';
import { Session } from '../../electron/engine/session/session.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));
const addonPath = fileURLToPath(new URL('../../native/build/draftscope.node', import.meta.url));
const { prompts } = JSON.parse(readFileSync(`${demo}/prompts.json`, 'utf8')) as { prompts: { text: string }[] };

let steps: DecodeStep[] = [];
const session = new Session({
  addonPath,
  version: 'test',
  threads: 2,
  emit: () => undefined,
  emitStep: (step) => steps.push(step),
});

async function decode(prompt: string, k: number, predictor: Predictor, chosen: readonly Alternative[]) {
  steps = [];
  const state = await session.decode({
    prompt,
    maxTokens: 32,
    numSpeculativeTokens: k,
    predictor,
    alternatives: [...chosen],
    sampling: greedy,
    paceMillis: 0,
  });
  expect(state).toMatchObject({ failure: null, alternatives: chosen });
  return state;
}

/** Logits of every module and variant over the ids, by the names of the recorded numerics. */
async function forward(ids: readonly number[], chosen: Alternative) {
  const rows = new Map<string, Float32Array[]>();
  await session.forward(
    { ids, positions: null, sharesTables: false, alternatives: [chosen] },
    {
      begin: async () => undefined,
      rows: async (name, _firstRow, values) => {
        if (values instanceof Float32Array && name.endsWith('.logits'))
          rows.set(name, [...(rows.get(name) ?? []), values.slice()]);
      },
    },
  );
  return (module: number) => {
    const name = `mtp.${module}.logits`;
    const pieces = rows.get(`alt.${chosen}.${name}`) ?? rows.get(name) ?? [];
    const vocab = 2048;
    return (row: number) => {
      const all = pieces.flatMap((piece) => [...piece]).slice(row * vocab, (row + 1) * vocab);
      expect(all).toHaveLength(vocab);
      return all.indexOf(Math.max(...all));
    };
  };
}

describe('variants of the predictor', () => {
  beforeAll(async () => {
    expect(await session.open(demo)).toMatchObject({ ok: true });
  });
  afterAll(() => session.close());

  const combinations: (readonly Alternative[])[] = [...alternatives.map((name) => [name]), alternatives];

  it.each(['modules', 'referenceEngine'] as const)(
    'leave a greedy text as plain decoding gives it: %s',
    async (predictor) => {
      for (const { text } of prompts.slice(0, 3)) {
        const plain = await decode(text, 0, predictor, []);
        for (const chosen of combinations) {
          for (const k of [1, 2, 5]) {
            const state = await decode(text, k, predictor, chosen);
            expect(state.outputIds, `${chosen.join(', ')}, k = ${k}: ${text}`).toEqual(plain.outputIds);
          }
        }
      }
    },
  );

  it.each(alternatives)('draft what forward --alt computes: %s', async (alternative) => {
    const prompt = prompts[0]?.text ?? '';
    const state = await decode(prompt, 2, 'modules', [alternative]);
    const drafted = steps;
    await decode(prompt, 2, 'modules', []);
    // The same token may win all the same; how sure the drafter is of it does change, if only in the last digits.
    const sureness = (of: readonly DecodeStep[]) => of.map(({ draftProbabilities }) => draftProbabilities);
    expect(sureness(drafted)).not.toEqual(sureness(steps));
    for (const [at, step] of drafted.entries()) {
      if (at % 4 !== 0) continue;
      const committed = [...state.promptIds, ...state.outputIds].slice(0, step.contextLen);
      const [first, second] = step.draftIds as [number, number];
      const best = await forward([...committed, first], alternative);
      expect([best(1)(step.contextLen - 2), best(2)(step.contextLen - 2)]).toEqual([first, second]);
    }
  });
});
