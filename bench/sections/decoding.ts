/** Tokens per second of the demo model: plain, and with drafts; and what a step costs, which says why. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Session } from '../../electron/engine/session/session.ts';
import { spreadOf } from '../measure.ts';
import type { PeerAnswer } from '../peers/askPeer.ts';
import {
  compareIds,
  llamaDecodes,
  type PeerDecodes,
  type PeerRequest,
  transformersDecodes,
} from '../peers/decoders.ts';
import type { BenchContext, BenchRow, BenchSection, SectionResult } from '../section.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const drafts = [0, 1, 2, 3, 4];
const maxTokens = 400;
const folder = resolve(root, 'assets/demo-model');
const threads = availableParallelism();
const prompt = 'In the beginning God created the heaven';

interface Run {
  readonly tokensPerSecond: number;
  readonly tokensPerStep: number;
  readonly verifyMicros: number;
  readonly draftMicros: number;
  readonly stepMicros: number;
}

export const decoding: BenchSection = {
  id: 'decoding',
  title: 'Decoding the demo model, greedy',
  async run(context) {
    const { runs, say } = context;
    let steps = { count: 0, tokens: 0, verify: 0, draft: 0 };
    let begin = 0;
    let plain: { promptIds: readonly number[]; outputIds: readonly number[] } = { promptIds: [], outputIds: [] };
    const session = new Session({
      addonPath: resolve(root, 'native/build/draftscope.node'),
      version: '',
      emit: (event) => {
        if (event === 'decode.started') begin = performance.now();
      },
      emitStep: ({ outputIds, verifyMicros, draftMicros }) => {
        steps = {
          count: steps.count + 1,
          tokens: steps.tokens + outputIds.length,
          verify: steps.verify + verifyMicros,
          draft: steps.draft + draftMicros,
        };
      },
    });
    const opened = await session.open(folder);
    if (!opened.ok) throw new Error(opened.failure.message);
    const decode = async (numSpeculativeTokens: number): Promise<Run> => {
      steps = { count: 0, tokens: 0, verify: 0, draft: 0 };
      const state = await session.decode({
        prompt,
        maxTokens,
        numSpeculativeTokens,
        predictor: 'modules',
        paceMillis: 0,
        sampling: { temperature: 0, topK: 0, topP: 1, seed: 0 },
      });
      const micros = (performance.now() - begin) * 1000;
      if (state.failure !== null) throw new Error(state.failure.message);
      if (numSpeculativeTokens === 0) plain = state;
      return {
        tokensPerSecond: (steps.tokens / micros) * 1e6,
        tokensPerStep: steps.tokens / steps.count,
        verifyMicros: steps.verify / steps.count,
        draftMicros: steps.draft / steps.count,
        stepMicros: micros / steps.count,
      };
    };
    say(`warming up, then ${runs} runs of each number of drafts, in turn`);
    for (const k of drafts) await decode(k);
    const measured = new Map<number, Run[]>(drafts.map((k) => [k, []]));
    for (let run = 0; run < runs; run++) for (const k of drafts) measured.get(k)?.push(await decode(k));
    session.close();
    const rows: BenchRow[] = [...measured].map(([k, of]) => ({
      name: k === 0 ? 'plain' : `${k} draft${k > 1 ? 's' : ''} a step`,
      unit: 'tokens/s',
      value: spreadOf(of.map(({ tokensPerSecond }) => tokensPerSecond)),
      ...(k === 0 ? {} : { against: 'plain' }),
    }));
    const facts = [...measured].map(([k, of]) => {
      const median = (pick: (run: Run) => number) => spreadOf(of.map(pick)).median;
      const verify = median((run) => run.verifyMicros);
      const draft = median((run) => run.draftMicros);
      const rest = median((run) => run.stepMicros) - verify - draft;
      return `${k} drafts: ${median((run) => run.tokensPerStep).toFixed(2)} tokens a step; the step takes ${verify.toFixed(0)} us to verify ${k + 1} rows, ${draft.toFixed(0)} us to draft and ${rest.toFixed(0)} us around the passes.`;
    });
    const plainRate = rows[0]?.value.median ?? Number.NaN;
    const request = { folder, promptIds: plain.promptIds, newTokens: plain.outputIds.length, threads };
    for (const peer of peersBeside(context, request, plain.outputIds)) {
      rows.push(...peer.rows);
      facts.push(...peer.facts);
      for (const { name, value } of peer.rows) {
        facts.push(`plain decoding is ${(plainRate / value.median).toFixed(1)} times as fast as ${name}.`);
      }
    }
    return { rows, facts };
  },
};

function peersBeside(context: BenchContext, request: PeerRequest, ours: readonly number[]): SectionResult[] {
  const answers: [string, PeerAnswer<PeerDecodes>][] = [
    ['transformers', transformersDecodes(context, request)],
    ['llama.cpp', llamaDecodes(context, request)],
  ];
  return answers.map(([peer, answer]) => {
    if (answer.found === null) return { rows: [], facts: [answer.note] };
    const { version, decodes } = answer.found;
    const rows = decodes.map(
      ({ name, note, ids, rates }): BenchRow => ({
        name: `${peer}, ${name}`,
        unit: 'tokens/s',
        value: spreadOf(rates),
        against: 'plain',
        note: `${note}; ${compareIds(ids, ours)}`,
      }),
    );
    return { rows, facts: [`${peer}: ${version}, at most ${request.threads} threads, as here.`] };
  });
}
