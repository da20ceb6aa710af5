/** Which files explain that an index's total_size is not the sum of its tensors: files added after it was written. */
import type { Checkpoint } from '../../checkpoint/openCheckpoint.ts';

/** Beyond that many files pairs of them are not tried. */
const maxPairs = 2000;

/**
 * @param gap bytes that the files hold and the index does not count
 * @returns names of files whose tensors have exactly that many bytes; null = none found
 */
export function filesOfGap({ files, tensors }: Pick<Checkpoint, 'files' | 'tensors'>, gap: number): string[] | null {
  if (gap <= 0) return null;
  const bytes = new Array<number>(files.length).fill(0);
  for (const { file, begin, end } of tensors) if (file >= 0) bytes[file] = (bytes[file] ?? 0) + end - begin;
  const named = files.map(({ name }, file) => ({ names: [name], bytes: bytes[file] ?? 0 }));
  // Shards of one series, as in mtp-1.safetensors to mtp-3.safetensors, are added together.
  const series = new Map<string, { names: string[]; bytes: number }>();
  for (const { names, bytes: own } of named) {
    const key = names[0]?.replace(/\d+/g, '#') ?? '';
    const known = series.get(key) ?? { names: [], bytes: 0 };
    series.set(key, { names: [...known.names, ...names], bytes: known.bytes + own });
  }
  const candidates = [...named, ...series.values()];
  const single = candidates.find((candidate) => candidate.bytes === gap);
  if (single !== undefined) return single.names;
  if (named.length > maxPairs) return null;
  const bySize = new Map(named.map((candidate) => [candidate.bytes, candidate]));
  for (const first of named) {
    const second = bySize.get(gap - first.bytes);
    if (second !== undefined && second !== first) return [...first.names, ...second.names];
  }
  return null;
}
