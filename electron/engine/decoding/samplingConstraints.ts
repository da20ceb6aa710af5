/**
 * Logits -> the probabilities that tokens are sampled from: temperature, then top-k, then top-p, then softmax, in that
 * order. Source: specification of the reference engine, section 12.5.
 */
import type { SamplingParams } from '../../common/domain.ts';

/** Reused between rows, so that a vocabulary of 129,280 costs no new memory per row. */
export class SamplingConstraints {
  readonly #params: SamplingParams;
  #sorted = new Float32Array(0);

  /** @param params temperature above 0: greedy decoding has no probabilities to sample from */
  constructor(params: SamplingParams) {
    if (!(params.temperature > 0)) throw new RangeError(`temperature ${params.temperature} has no distribution`);
    this.#params = params;
  }

  /**
   * @param logits [vocab], of one row
   * @param into [vocab]; probabilities, which sum to 1; 0 for a token that is ruled out
   */
  probabilities(logits: Float32Array, into: Float64Array): void {
    const { temperature, topK, topP } = this.#params;
    const vocab = logits.length;
    // The engine divides in float32; what falls on a threshold must fall on the same side here.
    let best = Number.NEGATIVE_INFINITY;
    for (let id = 0; id < vocab; id++) {
      const scaled = Math.fround((logits[id] as number) / temperature);
      into[id] = scaled;
      if (scaled > best) best = scaled;
    }
    const least = topK > 0 && topK < vocab ? this.#kthBest(into, topK) : Number.NEGATIVE_INFINITY;
    let sum = 0;
    for (let id = 0; id < vocab; id++) {
      const scaled = into[id] as number;
      const weight = scaled < least ? 0 : Math.exp(scaled - best);
      into[id] = weight;
      sum += weight;
    }
    for (let id = 0; id < vocab; id++) into[id] = (into[id] as number) / sum;
    if (topP < 1) keepNucleus(into, topP);
  }

  /** The k-th largest value; all that equal it are kept. */
  #kthBest(scaled: Float64Array, k: number): number {
    if (this.#sorted.length !== scaled.length) this.#sorted = new Float32Array(scaled.length);
    this.#sorted.set(scaled);
    this.#sorted.sort();
    return this.#sorted[scaled.length - k] as number;
  }
}

/**
 * Rules out the least probable tokens as long as those ruled out make up at most 1 - topP; the most probable one stays.
 * Among equals the lower id goes first. The rest is scaled to sum to 1.
 */
function keepNucleus(probabilities: Float64Array, topP: number): void {
  const spare = 1 - topP;
  // Tokens this small are ruled out whatever else there is: even all of them together stay within what can be spared.
  const surelyOut = spare / probabilities.length;
  let ruledOut = 0;
  const open: number[] = [];
  for (let id = 0; id < probabilities.length; id++) {
    const probability = probabilities[id] as number;
    if (probability > surelyOut) open.push(id);
    else {
      ruledOut += probability;
      probabilities[id] = 0;
    }
  }
  open.sort((left, right) => (probabilities[left] as number) - (probabilities[right] as number) || left - right);
  let first = 0;
  for (; first < open.length - 1; first++) {
    ruledOut += probabilities[open[first] as number] as number;
    if (ruledOut > spare) break;
    probabilities[open[first] as number] = 0;
  }
  const kept = open.slice(first);
  const sum = kept.reduce((total, id) => total + (probabilities[id] as number), 0);
  for (const id of kept) probabilities[id] = (probabilities[id] as number) / sum;
}
