/** A copy beside its original: byte by byte where both are of one type, as numbers where they are not. */
import { type Dtype, dtypeBytes, type Tensor } from '../../../../common/domain.ts';
import type { ByteRange } from '../../../checkpoint/tensorBytes.ts';
import { decodeValues } from '../../../values/decodeValues.ts';
import type { SharedPair } from './sharedPairs.ts';
import type { PairFacts } from './valuePicture.ts';

/** The same elements of both. */
export interface Stretch {
  /** Place of the first of them in the tensors. */
  readonly element: number;
  readonly copy: Uint8Array;
  readonly original: Uint8Array;
}

/** What was read of a tensor: `parts` are the bytes of `ranges`. */
export interface KeptBytes {
  readonly ranges: readonly ByteRange[];
  readonly parts: readonly Uint8Array[];
}

/** Bits of the fraction. */
const fractionBits: Partial<Record<Dtype, number>> = { F64: 52, F32: 23, F16: 10, BF16: 7 };
/** Below this F16 knows only 0. */
const leastHalf = 2 ** -24;

export function haveOneForm({ copy, original }: SharedPair): boolean {
  if (copy.shape.join() !== original.shape.join()) return false;
  return (
    copy.dtype === original.dtype ||
    (fractionBits[copy.dtype] !== undefined && fractionBits[original.dtype] !== undefined)
  );
}

/** null = nowhere; between two types, what conversion rounds off is no difference */
export function firstDifference(
  { copy, original }: SharedPair,
  { element, ...bytes }: Stretch,
): Extract<PairFacts['difference'], { kind: 'value' }> | null {
  const isSameType = copy.dtype === original.dtype;
  if (isSameType && Buffer.from(bytes.copy.buffer, bytes.copy.byteOffset, bytes.copy.byteLength).equals(bytes.original))
    return null;
  const mine = decodeValues(copy.dtype, bytes.copy);
  const theirs = decodeValues(original.dtype, bytes.original);
  const at = isSameType
    ? Math.floor(bytes.copy.findIndex((byte, index) => byte !== bytes.original[index]) / dtypeBytes[copy.dtype])
    : mine.findIndex((value, index) => !isRounded(value, theirs[index] as number, copy, original));
  if (at < 0) return null;
  return { kind: 'value', element: element + at, copy: mine[at] as number, original: theirs[at] as number };
}

function isRounded(value: number, other: number, copy: Tensor, original: Tensor): boolean {
  if (Object.is(value, other) || value === other) return true;
  const bits = Math.min(fractionBits[copy.dtype] ?? 0, fractionBits[original.dtype] ?? 0);
  const least = copy.dtype === 'F16' || original.dtype === 'F16' ? leastHalf : 0;
  return Math.abs(value - other) <= Math.max(Math.abs(value), Math.abs(other)) * 2 ** -bits + least;
}

/** What was read of both, where the ranges of one meet those of the other. */
export function* commonStretches(
  { copy, original }: SharedPair,
  mine: KeptBytes,
  theirs: KeptBytes,
): Generator<Stretch> {
  const size = dtypeBytes[copy.dtype];
  const otherSize = dtypeBytes[original.dtype];
  for (const [at, range] of mine.ranges.entries())
    for (const [otherAt, other] of theirs.ranges.entries()) {
      const element = Math.max(range.begin / size, other.begin / otherSize);
      const end = Math.min(range.end / size, other.end / otherSize);
      if (element >= end) continue;
      const within = (bytes: Uint8Array | undefined, begin: number, width: number) =>
        (bytes ?? new Uint8Array()).subarray(element * width - begin, end * width - begin);
      yield {
        element,
        copy: within(mine.parts[at], range.begin, size),
        original: within(theirs.parts[otherAt], other.begin, otherSize),
      };
    }
}

/** The whole of both in pieces of at most so many bytes. */
export async function* wholeStretches(
  { copy, original }: SharedPair,
  pieceBytes: number,
  read: (tensor: Tensor, ranges: readonly ByteRange[]) => Promise<Uint8Array[]>,
): AsyncGenerator<Stretch> {
  const size = dtypeBytes[copy.dtype];
  const otherSize = dtypeBytes[original.dtype];
  const elements = (copy.end - copy.begin) / size;
  const step = Math.max(1, Math.floor(pieceBytes / Math.max(size, otherSize)));
  for (let element = 0; element < elements; element += step) {
    const end = Math.min(elements, element + step);
    const [[mine], [theirs]] = await Promise.all([
      read(copy, [{ begin: element * size, end: end * size }]),
      read(original, [{ begin: element * otherSize, end: end * otherSize }]),
    ]);
    if (mine !== undefined && theirs !== undefined) yield { element, copy: mine, original: theirs };
  }
}
