/** What decided about one token of a step, in numbers and in a sentence. Pure. */
import type { DecodeStep } from '../../electron/common/contract.ts';
import { type TokenVerdict, targetsVerdict } from './decodeTokens.ts';

export interface TokenFacts {
  readonly id: number;
  readonly text: string;
  readonly verdict: TokenVerdict;
  /** "draft 2 of 3" */
  readonly place: string;
  /** That the drafter gave its own draft; NaN for a token that was not drafted. */
  readonly draftProbability: number;
  /** That the target gives this token; NaN where it is not among the candidates that were kept. */
  readonly targetProbability: number;
  /** The draw; null in a greedy run, and where nothing was drawn. */
  readonly uniform: number | null;
  readonly reason: string;
}

/**
 * @param position of the token in its step, from 0: a draft's, or the number of accepted drafts for the target's token
 * @param isTargets the token that the target put there; a rejected draft and its replacement share a position
 */
export function tokenFacts(step: DecodeStep, position: number, isTargets: boolean): TokenFacts {
  const verdict = step.verdicts[position];
  const drafted = step.draftIds.length;
  if (verdict !== undefined && !isTargets) {
    const target = step.targetProbabilities[position] ?? Number.NaN;
    const uniform = verdict === 'notReached' ? null : (step.uniforms[position] ?? null);
    const accepted = verdict === 'accepted';
    return {
      id: step.draftIds[position] ?? -1,
      text: step.draftTexts[position] ?? '',
      verdict: accepted ? 'accepted' : 'rejected',
      place: `draft ${position + 1} of ${drafted}`,
      draftProbability: step.draftProbabilities[position] ?? Number.NaN,
      targetProbability: target,
      uniform,
      reason:
        uniform === null
          ? `${accepted ? 'It is' : 'It is not'} the target’s best token.`
          : `Target ${target.toFixed(3)} ${accepted ? '≥' : '<'} draw ${uniform.toFixed(3)}.`,
    };
  }
  const own = step.targetCandidates[step.accepted]?.find(({ id }) => id === step.nextId);
  return {
    id: step.nextId,
    text: step.nextText,
    verdict: targetsVerdict(step),
    place: placeOfTargets(step),
    draftProbability:
      step.draftCandidates[step.accepted]?.find(({ id }) => id === step.nextId)?.probability ?? Number.NaN,
    targetProbability: own?.probability ?? Number.NaN,
    uniform: null,
    reason: reasonOfTargets(step),
  };
}

function placeOfTargets({ kind, draftIds, accepted }: DecodeStep): string {
  if (draftIds.length === 0) return 'no drafts';
  return kind === 'bonus' ? 'after all drafts' : `in place of draft ${accepted + 1}`;
}

function reasonOfTargets({ kind, draftIds }: DecodeStep): string {
  if (draftIds.length === 0) return 'Plain decoding: the target’s own token.';
  return kind === 'bonus'
    ? 'All drafts stood, so the target adds a token of its own.'
    : 'The target’s own choice, with the draft left out.';
}
