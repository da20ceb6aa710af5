/**
 * Which drafts stand. Source: specification of the reference engine, section 12.5. Pure: random numbers are handed in.
 *
 * Greedy: a draft stands when it is the target's own best token; the first that is not is replaced by the target's
 * ("recovered"), and if all stand the target's next token comes on top ("bonus").
 * Random: draft d stands when p(d) / q(d) >= u. MTP drafts come without probabilities, which makes q(d) = 1. The first
 * that does not stand is replaced by a draw from what p has left over.
 */
import type { Verdict } from '../../common/domain.ts';

export interface Judgement {
  /** Length of the accepted prefix. */
  readonly accepted: number;
  readonly nextId: number;
  readonly kind: 'bonus' | 'recovered';
  /** One per draft. */
  readonly verdicts: readonly Verdict[];
}

/**
 * @param draftIds k ids
 * @param targetIds k + 1 ids: the target's best token after the context, after draft 1, ...
 */
export function judgeGreedy(draftIds: readonly number[], targetIds: readonly number[]): Judgement {
  checkRows(draftIds.length, targetIds.length);
  let accepted = 0;
  while (accepted < draftIds.length && draftIds[accepted] === targetIds[accepted]) accepted++;
  return judgement(accepted, targetIds);
}

/**
 * @param draftIds k ids
 * @param targetIds k + 1 ids: what replaces draft j if that is the first that does not stand, and the bonus token
 * @param targetProbabilities k: p of each draft, after temperature, top-k and top-p
 * @param uniforms k draws from [0, 1)
 * @param draftProbabilities k: q of each draft; null where the proposer gives none
 */
export function judgeRandom(
  draftIds: readonly number[],
  targetIds: readonly number[],
  targetProbabilities: readonly number[],
  uniforms: readonly number[],
  draftProbabilities: readonly number[] | null = null,
): Judgement {
  checkRows(draftIds.length, targetIds.length);
  const stands = (at: number) => {
    const q = draftProbabilities?.[at] ?? 1;
    return q > 0 && (targetProbabilities[at] as number) / q >= (uniforms[at] as number);
  };
  let accepted = 0;
  while (accepted < draftIds.length && stands(accepted)) accepted++;
  return judgement(accepted, targetIds);
}

/**
 * The token that takes a rejected draft's place, drawn from max(p - q, 0): argmax of that over Exp(1) draws, which needs
 * no sum. The same exponentials serve every position of a step, as only one of them is ever used.
 * @param probabilities p, [vocab]
 * @param exponentials [vocab]
 * @param draftProbabilities q, [vocab]; null = all of it on the draft
 */
export function recoveredToken(
  probabilities: Float64Array,
  draftId: number,
  exponentials: Float64Array,
  draftProbabilities: readonly number[] | null = null,
): number {
  const left =
    draftProbabilities === null
      ? (id: number) => (id === draftId ? 0 : (probabilities[id] as number))
      : (id: number) => Math.max((probabilities[id] as number) - (draftProbabilities[id] as number), 0);
  return largest(probabilities.length, (id) => left(id) / (exponentials[id] as number));
}

/** A draw from p by the ordinary sampler: argmax of p over Exp(1) draws. */
export function sampledToken(probabilities: Float64Array, exponentials: Float64Array): number {
  return largest(probabilities.length, (id) => (probabilities[id] as number) / (exponentials[id] as number));
}

/** The lowest of equals. */
function largest(count: number, weigh: (id: number) => number): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < count; id++) {
    const value = weigh(id);
    if (value > most) {
      most = value;
      best = id;
    }
  }
  return best;
}

function checkRows(drafts: number, rows: number): void {
  if (rows !== drafts + 1) throw new RangeError(`${drafts} drafts need ${drafts + 1} target rows, got ${rows}`);
}

function judgement(accepted: number, targetIds: readonly number[]): Judgement {
  const drafts = targetIds.length - 1;
  return {
    accepted,
    nextId: targetIds[accepted] as number,
    kind: accepted === drafts ? 'bonus' : 'recovered',
    verdicts: Array.from({ length: drafts }, (_, at) =>
      at < accepted ? 'accepted' : at === accepted ? 'rejected' : 'notReached',
    ),
  };
}
