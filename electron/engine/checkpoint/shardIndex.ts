/** Reads model.safetensors.index.json and keeps the file names that it gives inside the checkpoint folder. */
import { posix, win32 } from 'node:path';
import { FailureError } from '../../common/failure.ts';
import { readTextFile } from './textFile.ts';

export const indexFileName = 'model.safetensors.index.json';

/** Ten times what the largest checkpoints need. */
const maxIndexBytes = 200_000_000;

export interface ShardIndex {
  /** tensor name -> file name, in the order of the file. */
  readonly weightMap: ReadonlyMap<string, string>;
  /** metadata.total_size; null when absent. Bytes. */
  readonly totalSize: number | null;
}

/**
 * @returns null when there is no index
 * @throws FailureError indexUnreadable
 */
export async function readShardIndex(path: string): Promise<ShardIndex | null> {
  let text: string;
  try {
    text = await readTextFile(path, maxIndexBytes);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return null;
    throw new FailureError('indexUnreadable', `${indexFileName} could not be read (${code ?? 'unknown error'}).`, {
      path,
      cause,
    });
  }
  return parseShardIndex(text, path);
}

/** @throws FailureError indexUnreadable */
export function parseShardIndex(text: string, path: string): ShardIndex {
  const invalid = (what: string) => new FailureError('indexUnreadable', `${indexFileName} ${what}.`, { path });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid('is not valid JSON');
  }
  const { weight_map: map, metadata } = (parsed ?? {}) as { weight_map?: unknown; metadata?: unknown };
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw invalid('has no weight_map object');
  const weightMap = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string') throw invalid(`gives tensor "${tensor}" a file name that is not text`);
    weightMap.set(tensor, file);
  }
  if (weightMap.size === 0) throw invalid('names no tensors');
  const total = (metadata as { total_size?: unknown } | null | undefined)?.total_size;
  return { weightMap, totalSize: typeof total === 'number' ? total : null };
}

/**
 * Whether a name from a file stays inside the folder it is joined to: relative, no `..` step, no NUL; judged by the
 * rules of every platform, so that a checkpoint is not safe on one and dangerous on another.
 */
export function isConfinedName(name: string): boolean {
  if (name === '' || name.includes('\0')) return false;
  if (posix.isAbsolute(name) || win32.isAbsolute(name) || /^[A-Za-z]:/.test(name)) return false;
  return !name.split(/[\\/]/).includes('..');
}
