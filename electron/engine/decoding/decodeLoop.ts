/** Propose, verify, judge, commit: speculative decoding as an async generator of steps. */
import type { Verdict } from '../../common/domain.ts';
import { Acceptance, type AcceptanceCounters } from './acceptance.ts';
import { judgeGreedy } from './rejectionSampler.ts';
import type { Candidate, Drafter, Target } from './tokenModel.ts';

export interface DecodeRequest {
  readonly promptIds: readonly number[];
  /** New tokens at most; the one that the prompt's own pass yields counts. */
  readonly maxTokens: number;
  /** k; 0 = plain decoding. */
  readonly numSpeculativeTokens: number;
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
  /** Target probability of each draft. */
  readonly targetProbabilities: readonly number[];
  readonly verdicts: readonly Verdict[];
  readonly accepted: number;
  readonly nextId: number;
  readonly kind: 'bonus' | 'recovered';
  /** Tokens of this step that belong to the output: cut at maxTokens and after an end token. */
  readonly outputIds: readonly number[];
  readonly counters: AcceptanceCounters;
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
 * The text is that of plain greedy decoding whatever the drafter proposes.
 */
export async function* decodeLoop(
  target: Target,
  drafter: Drafter | null,
  request: DecodeRequest,
  signal: AbortSignal,
): AsyncGenerator<LoopEvent, EndReason> {
  const { promptIds, maxTokens, numSpeculativeTokens: k, endTokenIds } = request;
  const ends = new Set(endTokenIds);
  const acceptance = new Acceptance();
  const prefill = await target.prefill(promptIds);
  const first = bestId(prefill.candidates);
  yield { kind: 'prefill', id: first, candidates: prefill.candidates, micros: prefill.micros };
  const committed = [...promptIds, first];
  let numOutputs = 1;
  if (ends.has(first)) return 'endToken';

  for (let index = 0; numOutputs < maxTokens; index++) {
    if (signal.aborted) return 'stopped';
    const contextLen = committed.length;
    const proposal = k > 0 && drafter !== null ? await drafter.propose(committed, k) : noProposal;
    const lastId = committed[contextLen - 1] as number;
    const verification = await target.verify(lastId, proposal.ids, contextLen);
    const targetIds = verification.candidates.map(bestId);
    const judgement = judgeGreedy(proposal.ids, targetIds);
    if (proposal !== noProposal) drafter?.settle(judgement.accepted);
    acceptance.observe(proposal.ids.length, judgement.accepted);

    const emitted = [...proposal.ids.slice(0, judgement.accepted), judgement.nextId];
    committed.push(...emitted);
    const endAt = emitted.findIndex((id) => ends.has(id));
    const outputIds = emitted.slice(0, Math.min(maxTokens - numOutputs, endAt < 0 ? emitted.length : endAt + 1));
    numOutputs += outputIds.length;
    yield {
      kind: 'step',
      step: {
        index,
        contextLen,
        draftIds: proposal.ids,
        draftCandidates: proposal.candidates,
        targetIds,
        targetCandidates: verification.candidates,
        targetProbabilities: verification.draftProbabilities,
        verdicts: judgement.verdicts,
        accepted: judgement.accepted,
        nextId: judgement.nextId,
        kind: judgement.kind,
        outputIds,
        counters: acceptance.counters(),
        draftMicros: proposal.micros,
        verifyMicros: verification.micros,
      },
    };
    if (endAt >= 0 && outputIds.length === endAt + 1) return 'endToken';
  }
  return 'length';
}

const noProposal = { ids: [], candidates: [], micros: 0 } as const;

function bestId(candidates: readonly Candidate[]): number {
  const best = candidates[0];
  if (best === undefined) throw new RangeError('a pass gave no candidates');
  return best.id;
}
