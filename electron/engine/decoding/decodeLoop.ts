/** Propose, verify, judge, commit: speculative decoding as an async generator of steps. */
import type { Verdict } from '../../common/domain.ts';
import { Acceptance, type RunCounters } from './acceptance.ts';
import { drafterInput } from './drafterInputs.ts';
import type { TokenChooser } from './tokenChooser.ts';
import type { Candidate, Drafter, Target } from './tokenModel.ts';

export interface DecodeRequest {
  readonly promptIds: readonly number[];
  /** New tokens at most; the one that the prompt's own pass yields counts. */
  readonly maxTokens: number;
  /** Asked before each step: k of that step; 0 = no drafts. */
  readonly numSpeculativeTokens: () => number;
  /** Positions of the drafter: no drafts in a step that would go past them. */
  readonly maxPositions: number;
  readonly vocab: number;
  readonly endTokenIds: readonly number[];
}

export interface LoopStep {
  readonly index: number;
  /** Committed tokens before the step. */
  readonly contextLen: number;
  readonly draftIds: readonly number[];
  readonly draftCandidates: readonly (readonly Candidate[])[];
  readonly targetIds: readonly number[];
  readonly targetCandidates: readonly (readonly Candidate[])[];
  /** Target probability of each draft; what decides when tokens are sampled. */
  readonly targetProbabilities: readonly number[];
  /** The draw that each draft's probability is held against; empty in a greedy run. */
  readonly uniforms: readonly number[];
  readonly verdicts: readonly Verdict[];
  readonly accepted: number;
  readonly nextId: number;
  readonly kind: 'bonus' | 'recovered';
  /** Tokens of this step that belong to the output: cut at maxTokens and after an end token. */
  readonly outputIds: readonly number[];
  readonly counters: RunCounters;
  readonly draftMicros: number;
  readonly verifyMicros: number;
}

export type LoopEvent =
  | {
      readonly kind: 'prefill';
      readonly id: number;
      readonly candidates: readonly Candidate[];
      readonly micros: number;
    }
  | ({ readonly kind: 'step' } & { readonly step: LoopStep });

export type EndReason = 'length' | 'endToken' | 'stopped';

/**
 * Yields the prefill's token, then one event per step; returns why it ended. Aborting ends it after the running pass.
 * A greedy text is that of plain greedy decoding whatever the drafter proposes; a sampled one has the same distribution.
 */
export async function* decodeLoop(
  target: Target,
  drafter: Drafter | null,
  chooser: TokenChooser,
  request: DecodeRequest,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, EndReason> {
  const { promptIds, maxTokens, numSpeculativeTokens, maxPositions, vocab, endTokenIds } = request;
  const ends = new Set(endTokenIds);
  const acceptance = new Acceptance(numSpeculativeTokens());
  const prefill = await target.prefill(promptIds);
  const begin = chooser.choose([], prefill);
  yield { kind: 'prefill', id: begin.nextId, candidates: begin.targetCandidates[0] ?? [], micros: prefill.micros };
  const committed = [...promptIds, begin.nextId];
  let numOutputs = 1;
  if (ends.has(begin.nextId)) return 'endToken';

  for (let index = 0; numOutputs < maxTokens; index++) {
    if (signal.aborted) return 'stopped';
    const contextLen = committed.length;
    const k = numSpeculativeTokens();
    const drafting = k > 0 && contextLen + k <= maxPositions ? drafter : null;
    const proposal = drafting === null ? noProposal : await drafting.propose(committed, k);
    const draftIds = proposal.ids;
    const lastId = committed[contextLen - 1] as number;
    const rows = await target.verify(lastId, draftIds, contextLen);
    const choice = chooser.choose(draftIds, rows);
    const sampled = Array.from({ length: draftIds.length + 1 }, (_, at) =>
      at < choice.accepted ? (draftIds[at] as number) : at === choice.accepted ? choice.nextId : -1,
    );
    const { validCount, numRejected } = drafterInput({ sampled, numDrafts: draftIds.length }, vocab);
    drafting?.settle(draftIds.length - numRejected);
    acceptance.observe(draftIds.length, choice.accepted);

    const emitted = sampled.slice(0, validCount);
    committed.push(...emitted);
    const endAt = emitted.findIndex((id) => ends.has(id));
    const outputIds = emitted.slice(0, Math.min(maxTokens - numOutputs, endAt < 0 ? emitted.length : endAt + 1));
    numOutputs += outputIds.length;
    const { targetIds, targetCandidates, targetProbabilities, uniforms, verdicts, accepted, nextId, kind } = choice;
    yield {
      kind: 'step',
      step: {
        index,
        contextLen,
        draftIds,
        draftCandidates: proposal.candidates,
        targetIds,
        targetCandidates,
        targetProbabilities,
        uniforms,
        verdicts,
        accepted,
        nextId,
        kind,
        outputIds,
        counters: acceptance.counters(),
        draftMicros: proposal.micros,
        verifyMicros: rows.micros,
      },
    };
    if (endAt >= 0 && outputIds.length === endAt + 1) return 'endToken';
  }
  return 'length';
}

const noProposal = { ids: [], candidates: [], micros: 0 } as const;
