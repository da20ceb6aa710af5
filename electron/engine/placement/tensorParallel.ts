/** Arithmetic of tensor-parallel cuts. */
import type { VocabShard } from '../../common/domain.ts';

/** Vocabulary tables are padded to a multiple of this many rows. */
const vocabPadding = 64;

/**
 * Rows of a vocabulary table on one rank.
 * @returns null when the padded vocabulary cannot be divided by tpSize.
 */
export function vocabShard(vocabSize: number, tpSize: number, tpRank: number): VocabShard | null {
  const padded = Math.ceil(vocabSize / vocabPadding) * vocabPadding;
  if (padded % tpSize !== 0) return null;
  const rows = padded / tpSize;
  return {
    padded,
    rows,
    start: Math.min(tpRank * rows, vocabSize),
    end: Math.min((tpRank + 1) * rows, vocabSize),
  };
}

/** The flat rank taken apart: rank = data-parallel rank x tensor-parallel size + tensor-parallel rank. */
export function splitRank(rank: number, tpSize: number): { readonly dpRank: number; readonly tpRank: number } {
  return { dpRank: Math.floor(rank / tpSize), tpRank: rank % tpSize };
}
