/** Chooses tokens from the target's rows, greedily or at random. One instance serves one run. */
import type { SamplingParams } from '../../common/domain.ts';
import { RandomSource } from './randomSource.ts';
import { type Judgement, judgeGreedy, judgeRandom, recoveredToken, sampledToken } from './rejectionSampler.ts';
import { SamplingConstraints } from './samplingConstraints.ts';
import type { Candidate, TargetRows } from './tokenModel.ts';

export interface Choice extends Judgement {
  /** What the target puts at each position if it comes to that: one more than drafts. */
  readonly targetIds: readonly number[];
  /** Best candidates of each row, with the probabilities that the choice was made from. */
  readonly targetCandidates: readonly (readonly Candidate[])[];
  /** p of each draft, which decides. */
  readonly targetProbabilities: readonly number[];
  /** u of each draft: it stands when p >= u. Empty where nothing is left to chance. */
  readonly uniforms: readonly number[];
}

export interface TokenChooser {
  /** Judges the drafts by the target's rows, one row more than drafts. */
  choose(draftIds: readonly number[], rows: TargetRows): Choice;
}

/** @param vocab tokens of a row of logits */
export function makeChooser(params: SamplingParams, vocab: number, shown: number): TokenChooser {
  return params.temperature === 0 ? new GreedyChooser() : new RandomChooser(params, vocab, shown);
}

class GreedyChooser implements TokenChooser {
  choose(draftIds: readonly number[], rows: TargetRows): Choice {
    const targetIds = rows.candidates.map(bestId);
    return {
      ...judgeGreedy(draftIds, targetIds),
      targetIds,
      targetCandidates: rows.candidates,
      targetProbabilities: rows.draftProbabilities,
      uniforms: [],
    };
  }
}

/**
 * Order of the draws in a step, so that a seed means one run: an exponential per vocabulary entry for the bonus token;
 * then, where there are drafts, a uniform per draft and once more an exponential per vocabulary entry for the recovered
 * token. A row by itself (the prompt's last, or a step without drafts) is the bonus row.
 */
class RandomChooser implements TokenChooser {
  readonly #random: RandomSource;
  readonly #constraints: SamplingConstraints;
  readonly #probabilities: Float64Array;
  readonly #exponentials: Float64Array;
  readonly #shown: number;

  constructor(params: SamplingParams, vocab: number, shown: number) {
    this.#random = RandomSource.fromSeed(params.seed);
    this.#constraints = new SamplingConstraints(params);
    this.#probabilities = new Float64Array(vocab);
    this.#exponentials = new Float64Array(vocab);
    this.#shown = shown;
  }

  choose(draftIds: readonly number[], rows: TargetRows): Choice {
    const drafts = draftIds.length;
    const targetCandidates: Candidate[][] = [];
    const row = (at: number) => {
      const vocab = this.#probabilities.length;
      this.#constraints.probabilities(rows.logits.subarray(at * vocab, (at + 1) * vocab), this.#probabilities);
      targetCandidates[at] = bestOf(this.#probabilities, this.#shown);
      return this.#probabilities;
    };
    this.#random.exponentials(this.#exponentials);
    const bonusId = sampledToken(row(drafts), this.#exponentials);
    const uniforms = draftIds.map(() => this.#random.uniform());
    if (drafts > 0) this.#random.exponentials(this.#exponentials);
    const targetIds: number[] = [];
    const targetProbabilities: number[] = [];
    for (const [at, draftId] of draftIds.entries()) {
      const probabilities = row(at);
      targetProbabilities.push(probabilities[draftId] as number);
      targetIds.push(recoveredToken(probabilities, draftId, this.#exponentials));
    }
    targetIds.push(bonusId);
    return {
      ...judgeRandom(draftIds, targetIds, targetProbabilities, uniforms),
      targetIds,
      targetCandidates,
      targetProbabilities,
      uniforms,
    };
  }
}

/** The most probable tokens, best first, the lower id first among equals; those ruled out are no candidates. */
function bestOf(probabilities: Float64Array, count: number): Candidate[] {
  const best: Candidate[] = [];
  for (let id = 0; id < probabilities.length; id++) {
    const probability = probabilities[id] as number;
    if (probability <= (best.length < count ? 0 : (best[count - 1] as Candidate).probability)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1] as Candidate).probability < probability) at--;
    best.splice(at, 0, { id, probability });
    if (best.length > count) best.pop();
  }
  return best;
}

function bestId(candidates: readonly Candidate[]): number {
  const best = candidates[0];
  if (best === undefined) throw new RangeError('a pass gave no candidates');
  return best.id;
}
