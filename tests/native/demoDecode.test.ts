/** The demo checkpoint through the whole engine (session, addon, CPU backend) against its recorded runs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DecodeStep, EventName, Routing } from '../../electron/common/contract.ts';
import { greedy, type Predictor, singleRank } from '../../electron/common/domain.ts';
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
let routing: Routing | null = null;
const seen: EventName[] = [];
const session = new Session({
  addonPath,
  version: 'test',
  threads: 2,
  emit: (event, payload) => {
    seen.push(event);
    if (event === 'decode.routing') routing = payload as Routing;
  },
  emitStep: (step) => steps.push(step),
});

async function decode(prompt: string, k: number, predictor: Predictor, maxTokens = golden.num_new_tokens) {
  steps = [];
  const state = await session.decode({
    prompt,
    maxTokens,
    numSpeculativeTokens: k,
    predictor,
    sampling: greedy,
    paceMillis: 0,
  });
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
    const base = {
      prompt: '',
      maxTokens: 4,
      numSpeculativeTokens: 1,
      predictor: 'modules',
      sampling: greedy,
      paceMillis: 0,
    } as const;
    await expect(session.decode({ ...base, promptIds: [0, 2048] })).rejects.toThrow(/2048 is outside the vocabulary/);
    await expect(session.decode({ ...base, promptIds: [] })).rejects.toThrow(/prompt is empty/);
    await expect(session.decode({ ...base, promptIds: new Array(2048).fill(5) })).rejects.toThrow(/has 2,048 tokens/);
  });

  const sampled = { temperature: 0.7, topK: 0, topP: 1, seed: 11 };
  const base = {
    prompt: 'And the LORD',
    maxTokens: 60,
    predictor: 'modules',
    sampling: sampled,
    paceMillis: 0,
  } as const;

  it('samples the same run from the same seed, with and without drafts', async () => {
    for (const numSpeculativeTokens of [0, 2]) {
      const first = await session.decode({ ...base, numSpeculativeTokens });
      const again = await session.decode({ ...base, numSpeculativeTokens });
      const other = await session.decode({ ...base, numSpeculativeTokens, sampling: { ...sampled, seed: 12 } });
      expect(again.outputIds).toEqual(first.outputIds);
      expect(other.outputIds).not.toEqual(first.outputIds);
    }
  });

  it('counts the experts of every row that ran', async () => {
    await session.decode({ ...base, promptIds: [5, 6, 7], maxTokens: 1, numSpeculativeTokens: 0 });
    const table = routing as Routing;
    expect(table).toMatchObject({ layers: [1, 2, 3, 4, 5], numTargetLayers: 3, numExperts: 16, expertsPerToken: 4 });
    const perLayer = table.layers.map((_, at) =>
      table.counts.slice(at * 16, (at + 1) * 16).reduce((sum, n) => sum + n),
    );
    // Three prompt rows with four experts each; no MTP layer ran.
    expect(perLayer).toEqual([12, 12, 12, 0, 0]);
    await session.decode({ ...base, numSpeculativeTokens: 2 });
    const drafted = (routing as Routing).counts;
    expect(drafted.slice(3 * 16, 4 * 16).reduce((sum, n) => sum + n)).toBeGreaterThan(0);
    expect(drafted.slice(4 * 16).reduce((sum, n) => sum + n)).toBeGreaterThan(0);
  });

  it('takes a new k while it runs, steps once, goes on and stops', async () => {
    steps = [];
    const running = session.decode({ ...base, maxTokens: 400, numSpeculativeTokens: 1, paused: true });
    const control = session.handlers['decode.control'];
    await vi.waitFor(() => expect(() => control({ step: true })).not.toThrow());
    await vi.waitFor(() => expect(steps).toHaveLength(1));
    expect(await control({ numSpeculativeTokens: 5, step: true })).toEqual({
      paused: true,
      numSpeculativeTokens: 5,
      paceMillis: 0,
    });
    await vi.waitFor(() => expect(steps).toHaveLength(2));
    expect(steps.map((step) => step.draftIds.length)).toEqual([1, 5]);
    await control({ paused: false });
    await vi.waitFor(() => expect(steps.length).toBeGreaterThan(3));
    session.handlers['decode.stop']({});
    expect((await running).status).toMatch(/stopped|done/);
    expect(() => control({ step: true })).toThrow(/No decode is running/);
  });

  it('hears a step asked for while the weights are still read, and tells a page that comes late of the whole run', async () => {
    const told: DecodeStep[] = [];
    const fresh = new Session({
      addonPath,
      version: 'test',
      threads: 2,
      emit: () => undefined,
      emitStep: (step) => told.push(step),
    });
    expect(await fresh.open(demo)).toMatchObject({ ok: true });
    const current = async () => (await fresh.handlers['session.state']({})).decode;
    expect(await current()).toBeNull();
    const running = fresh.decode({ ...base, numSpeculativeTokens: 2, paused: true });
    await fresh.handlers['decode.control']({ step: true });
    await vi.waitFor(() => expect(told).toHaveLength(1));
    expect(await current()).toMatchObject({
      run: { status: 'running', promptIds: [0, expect.any(Number), expect.any(Number), expect.any(Number)] },
      steps: told,
      control: { paused: true, numSpeculativeTokens: 2, paceMillis: 0 },
    });
    fresh.handlers['decode.stop']({});
    const ended = await running;
    expect(await current()).toEqual({ run: ended, steps: told, control: null });
    fresh.close();
    expect(await current()).toBeNull();
  });

  it('measures plain against drafted decoding in turn', async () => {
    const compared = await session.compare({ ...base, sampling: greedy, maxTokens: 20, numSpeculativeTokens: 2 });
    expect(compared.rounds).toBeGreaterThan(0);
    expect(compared.plain.tokens).toBe(19 * compared.rounds);
    expect(compared.speculative.tokens).toBe(19 * compared.rounds);
    for (const { tokens, micros, tokensPerSecond } of [compared.plain, compared.speculative]) {
      expect(tokensPerSecond).toBeCloseTo((tokens / micros) * 1e6, 6);
    }
    await expect(session.compare({ ...base, numSpeculativeTokens: 0 })).rejects.toThrow(/nothing to compare/);
  });

  it('does one thing at a time and stops when asked', async () => {
    const input = {
      prompt: 'And',
      maxTokens: 500,
      numSpeculativeTokens: 2,
      predictor: 'modules',
      sampling: greedy,
      paceMillis: 5,
    } as const;
    const running = session.decode(input);
    await expect(session.load(1)).rejects.toThrow(/busy/);
    session.handlers['decode.stop']({});
    expect((await running).status).toBe('stopped');
  });
});
