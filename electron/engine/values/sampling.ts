/** Which bytes of a tensor are read when not all are. */
import { type Dtype, dtypeBytes } from '../../common/domain.ts';

/** One read; small enough to spread many, large enough to be worth the call. */
const pieceBytes = 16 * 1024;

export interface SampledRange {
  readonly begin: number;
  readonly end: number;
}

/**
 * Ranges of whole elements: all of a tensor that fits into the limit, else pieces at equal distances, the first at its
 * beginning and the last at its end. They never overlap. None when the limit is below two elements.
 */
export function sampleRanges(totalBytes: number, dtype: Dtype, limitBytes: number): SampledRange[] {
  if (totalBytes <= limitBytes) return totalBytes === 0 ? [] : [{ begin: 0, end: totalBytes }];
  const size = dtypeBytes[dtype];
  // Two pieces at least, so that the end is seen too.
  const piece = Math.floor(Math.min(pieceBytes, limitBytes / 2) / size) * size;
  if (piece === 0) return [];
  const pieces = Math.floor(limitBytes / piece);
  const last = (totalBytes - piece) / size;
  return Array.from({ length: pieces }, (_, at) => {
    const begin = Math.floor((last * at) / (pieces - 1)) * size;
    return { begin, end: begin + piece };
  });
}
