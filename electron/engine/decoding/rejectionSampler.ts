/**
 * Which drafts stand. Greedy: a draft stands when it is the target's own best token; the first that is not is replaced
 * by the target's ("recovered"), and if all stand the target's next token comes on top ("bonus").
 * Source: specification of the reference engine, section 12.5.
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
  if (targetIds.length !== draftIds.length + 1) {
    throw new RangeError(`${draftIds.length} drafts need ${draftIds.length + 1} target rows, got ${targetIds.length}`);
  }
  let accepted = 0;
  while (accepted < draftIds.length && draftIds[accepted] === targetIds[accepted]) accepted++;
  return {
    accepted,
    nextId: targetIds[accepted] as number,
    kind: accepted === draftIds.length ? 'bonus' : 'recovered',
    verdicts: draftIds.map((_, at) => (at < accepted ? 'accepted' : at === accepted ? 'rejected' : 'notReached')),
  };
}
