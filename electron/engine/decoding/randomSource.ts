/**
 * The random numbers of one run: xoshiro128** (Blackman and Vigna), its 128-bit state filled from the seed with
 * splitmix64. Small, fast in 32-bit arithmetic, and the same on every machine: same seed, same run.
 */

export class RandomSource {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param state four 32-bit words, not all 0 */
  constructor(state: readonly [number, number, number, number]) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** @param seed a whole number from 0 to 2^53 - 1 */
  static fromSeed(seed: number): RandomSource {
    const mask = (1n << 64n) - 1n;
    let state = BigInt(seed);
    const next = () => {
      state = (state + 0x9e3779b97f4a7c15n) & mask;
      let word = state;
      word = ((word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
      word = ((word ^ (word >> 27n)) * 0x94d049bb133111ebn) & mask;
      return word ^ (word >> 31n);
    };
    const halves = (word: bigint) => [Number(word & 0xffffffffn), Number(word >> 32n)] as const;
    return new RandomSource([...halves(next()), ...halves(next())]);
  }

  /** 32 random bits as a number from 0 to 2^32 - 1. */
  bits(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform on [0, 1), 53 bits. */
  uniform(): number {
    return ((this.bits() >>> 5) * 2 ** 26 + (this.bits() >>> 6)) / 2 ** 53;
  }

  /** Fills with draws from Exp(1), each above 0. */
  exponentials(into: Float64Array): void {
    // The middle of each of 2^32 cells: neither 0 nor 1, so the logarithm is finite and not 0.
    for (let at = 0; at < into.length; at++) into[at] = -Math.log((this.bits() + 0.5) / 2 ** 32);
  }
}
