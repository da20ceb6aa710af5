/** Reads model.safetensors.index.json and keeps the file names that it gives inside the checkpoint folder. */
import { posix, win32 } from 'node:path';
import { FailureError } from '../../common/failure.ts';
import { lfsPointerHint, lfsPointerText, looksLikeLfsPointer } from './lfsPointer.ts';
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
    const what = code === 'ENOTFILE' ? 'is not a regular file' : `could not be read (${code ?? 'unknown error'})`;
    throw new FailureError('indexUnreadable', `${indexFileName} ${what}.`, { path, cause });
  }
  return parseShardIndex(text, path);
}

/** @throws FailureError indexUnreadable */
export function parseShardIndex(text: string, path: string): ShardIndex {
  return scanPlainIndex(text) ?? parseAnyIndex(text, path);
}

function parseAnyIndex(text: string, path: string): ShardIndex {
  const invalid = (what: string) => new FailureError('indexUnreadable', `${indexFileName} ${what}.`, { path });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    if (looksLikeLfsPointer(text))
      throw new FailureError('indexUnreadable', `${indexFileName} ${lfsPointerText}.`, { path, hint: lfsPointerHint });
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
  return { weightMap, totalSize: totalSizeOf(metadata) };
}

function totalSizeOf(metadata: unknown): number | null {
  const total = (metadata as { total_size?: unknown } | null | undefined)?.total_size;
  return typeof total === 'number' ? total : null;
}

const quote = 0x22;
const colon = 0x3a;
const comma = 0x2c;
const closingBrace = 0x7d;

/**
 * The usual index, whose weight_map is a flat object of texts without escapes, read without building that object: an
 * object of half a million keys costs more than all headers together.
 * @returns null for anything else, to be judged by the JSON parser
 */
export function scanPlainIndex(text: string): ShardIndex | null {
  if (text.includes('\\')) return null;
  const found = /"weight_map"[ \t\r\n]*:[ \t\r\n]*\{/.exec(text);
  if (found === null) return null;
  const weightMap = new Map<string, string>();
  let file = '';
  let at = skipSpace(text, found.index + found[0].length);
  for (;;) {
    if (text.charCodeAt(at) !== quote) return null;
    const nameEnd = text.indexOf('"', at + 1);
    if (nameEnd < 0) return null;
    const name = text.slice(at + 1, nameEnd);
    // Keys that are numbers would be moved to the front by the JSON parser; raw control characters are no JSON.
    if (unusual.test(name)) return null;
    at = skipSpace(text, nameEnd + 1);
    if (text.charCodeAt(at) !== colon) return null;
    at = skipSpace(text, at + 1);
    if (text.charCodeAt(at) !== quote) return null;
    const begin = at + 1;
    if (file !== '' && text.startsWith(file, begin) && text.charCodeAt(begin + file.length) === quote)
      at = begin + file.length;
    else {
      at = text.indexOf('"', begin);
      if (at < 0) return null;
      file = text.slice(begin, at);
      if (control.test(file)) return null;
    }
    weightMap.set(name, file);
    at = skipSpace(text, at + 1);
    const next = text.charCodeAt(at);
    if (next === closingBrace) break;
    if (next !== comma) return null;
    at = skipSpace(text, at + 1);
  }
  return restOfIndex(text.slice(0, found.index + found[0].length - 1), text.slice(at + 1), weightMap);
}

const unusual = /^\d|\p{Cc}/u;
const control = /\p{Cc}/u;

/** What stands around the weight map must be JSON that has it as its own key, and once. */
function restOfIndex(before: string, after: string, weightMap: ReadonlyMap<string, string>): ShardIndex | null {
  if (after.includes('"weight_map"')) return null;
  try {
    const parsed = JSON.parse(`${before}0${after}`) as { weight_map?: unknown; metadata?: unknown } | null;
    return parsed?.weight_map === 0 ? { weightMap, totalSize: totalSizeOf(parsed.metadata) } : null;
  } catch {
    return null;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
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
