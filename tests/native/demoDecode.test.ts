/** The demo checkpoint through the whole engine (session, addon, CPU backend) against its recorded runs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecodeStep, EventName } from '../../electron/common/contract.ts';
import { type Predictor, singleRank } from '../../electron/common/domain.ts';
import { Session } from '../../electron/engine/session/session.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));
const addonPath = fileURLToPath(new URL('../../native/build/draftscope.node', import.meta.url));

interface GoldenRun {
  readonly steps: {
    context_len: number;
    draft_ids: number[];
    main_ids: number[];
    accepted: number;
    next_id: number;
    kind: string;
  }[];
  readonly num_steps: number;
  readonly drafted: number;
  readonly accepted: number;
  readonly accepted_at_least: number[];
}
interface Golden {
  readonly num_new_tokens: number;
  readonly items: {
    prompt: string;
    prompt_ids: number[];
    greedy_ids: number[];
    greedy_text: string;
    speculative: Record<string, GoldenRun>;
    speculative_reference_engine: Record<string, GoldenRun>;
  }[];
}
const golden = JSON.parse(readFileSync(`${demo}/golden.json`, 'utf8')) as Golden;
const prompts = JSON.parse(readFileSync(`${demo}/prompts.json`, 'utf8')) as { prompts: { text: string }[] };

let steps: DecodeStep[] = [];
const seen: EventName[] = [];
const session = new Session({
  addonPath,
  version: 'test',
  threads: 2,
  emit: (event) => seen.push(event),
  emitStep: (step) => steps.push(step),
});

async function decode(prompt: string, k: number, predictor: Predictor, maxTokens = golden.num_new_tokens) {
  steps = [];
  const state = await session.decode({ prompt, maxTokens, numSpeculativeTokens: k, predictor, paceMillis: 0 });
  expect(state.failure).toBeNull();
  return state;
}

describe('demo checkpoint', () => {
  beforeAll(async () => {
    expect(await session.open(demo)).toMatchObject({ ok: true });
    const load = await session.load(2);
    expect(load).toMatchObject({ status: 'done', failure: null, tensorsDone: load.tensorsTotal, paused: false });
    const reads = await session.handlers['load.reads']({});
    expect(reads?.bytes.reduce((sum, bytes) => sum + bytes, 0)).toBe(load.bytesRead);
    const parameters = await session.handlers['load.parameters']({});
    expect(parameters?.names).toHaveLength(load.parametersTotal);
    expect([...(reads?.parameterBytes ?? [])]).toEqual([...(parameters?.bytes ?? [])]);
    expect(await session.handlers['load.pause']({ paused: true })).toBeNull();
  });
  afterAll(() => session.close());

  const predictors: [Predictor, 'speculative' | 'speculative_reference_engine'][] = [
    ['modules', 'speculative'],
    ['referenceEngine', 'speculative_reference_engine'],
  ];
  for (const [predictor, key] of predictors) {
    for (const item of golden.items) {
      for (const [k, recorded] of Object.entries(item[key])) {
        it(`${predictor}, k = ${k}: ${item.prompt.slice(0, 30)}`, async () => {
          const state = await decode(item.prompt, Number(k), predictor);
          expect(state.promptIds).toEqual(item.prompt_ids);
          expect(state.outputIds).toEqual(item.greedy_ids);
          expect(state.text).toBe(item.greedy_text);
          expect(
            steps.map((step) => ({
              context_len: step.contextLen,
              draft_ids: step.draftIds,
              main_ids: step.targetIds,
              accepted: step.accepted,
              next_id: step.nextId,
              kind: step.kind,
            })),
          ).toEqual(recorded.steps);
          expect(steps.at(-1)?.counters).toMatchObject({
            numSteps: recorded.num_steps,
            drafted: recorded.drafted,
            accepted: recorded.accepted,
            acceptedAtLeast: recorded.accepted_at_least,
          });
        });
      }
    }
  }

  it('gives the text of plain decoding for every prompt, k and predictor, to the last probability', async () => {
    for (const { text } of prompts.prompts) {
      const plain = await decode(text, 0, 'modules', 64);
      const plainProbabilities = new Map(
        steps.map((step) => [step.contextLen, step.targetCandidates[0]?.[0]?.probability]),
      );
      for (const predictor of ['modules', 'referenceEngine'] as const) {
        for (const k of [1, 4, 7]) {
          const state = await decode(text, k, predictor, 64);
          expect(state.outputIds, `${predictor} k=${k}: ${text}`).toEqual(plain.outputIds);
          // Bit-equal: a row's result must not depend on how many rows share its pass.
          for (const step of steps) {
            for (let at = 0; at <= step.accepted; at++) {
              const alone = plainProbabilities.get(step.contextLen + at);
              if (alone !== undefined) expect(step.targetCandidates[at]?.[0]?.probability).toBe(alone);
            }
          }
        }
      }
    }
  });

  it('loads a single rank by itself when the current set-up is another', async () => {
    session.makePlan({ ...singleRank, tensorParallelSize: 2, enableExpertParallel: true, rank: 1 });
    const rank = await session.load(2);
    expect(rank).toMatchObject({ status: 'done' });
    const state = await decode('In the beginning', 2, 'modules', 8);
    expect(state.outputIds).toHaveLength(8);
    session.makePlan(singleRank);
  });

  it('refuses what cannot be decoded, with a sentence', async () => {
    const base = { prompt: '', maxTokens: 4, numSpeculativeTokens: 1, predictor: 'modules', paceMillis: 0 } as const;
    await expect(session.decode({ ...base, promptIds: [0, 2048] })).rejects.toThrow(/2048 is outside the vocabulary/);
    await expect(session.decode({ ...base, promptIds: [] })).rejects.toThrow(/prompt is empty/);
    await expect(session.decode({ ...base, promptIds: new Array(2048).fill(5) })).rejects.toThrow(/has 2,048 tokens/);
  });

  it('does one thing at a time and stops when asked', async () => {
    const input = {
      prompt: 'And',
      maxTokens: 500,
      numSpeculativeTokens: 2,
      predictor: 'modules',
      paceMillis: 5,
    } as const;
    const running = session.decode(input);
    await expect(session.load(1)).rejects.toThrow(/busy/);
    session.handlers['decode.stop']({});
    expect((await running).status).toBe('stopped');
  });
});
