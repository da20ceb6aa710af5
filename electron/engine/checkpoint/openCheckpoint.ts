/**
 * Folder -> Checkpoint. What can be read is kept and what cannot is told: only a folder without a readable config, or
 * without any readable tensor list, is refused. Nothing but headers is read here.
 */
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ModelConfig, ShardFile, Tensor } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure, toFailure } from '../../common/failure.ts';
import { isTooDeep, maxJsonDepth } from './jsonDepth.ts';
import { lfsPointerHint, lfsPointerText, looksLikeLfsPointer } from './lfsPointer.ts';
import { noSafetensors } from './otherFormats.ts';
import { findOutsideIndex, type OutsideIndex } from './outsideIndex.ts';
import { configWithQuantizationFile } from './quantizationFile.ts';
import { readSafetensorsHeader, type SafetensorsHeader } from './safetensorsHeader.ts';
import { indexFileName, isConfinedName, readShardIndex, type ShardIndex } from './shardIndex.ts';
import { readTextFile } from './textFile.ts';

export interface Checkpoint {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly config: ModelConfig;
  /** Read from a headers file: there are no weights, and the paths of `files` are empty. */
  readonly headersOnly?: boolean;
  readonly files: readonly ShardFile[];
  /** Names of .safetensors files that were left out (withoutFilesBeside). */
  readonly filesBeside?: readonly string[];
  /** Files by name, tensors of a file by their place in it: the order in which a serving engine streams them. */
  readonly tensors: readonly Tensor[];
  /** null: no index, the files of the folder were taken. */
  readonly index: {
    readonly tensors: number;
    readonly totalSize: number | null;
    /** Files that its entries name. */
    readonly files: number;
    /** Tensors that its entries name; null = the same as those of the files, in the same files. */
    readonly names: readonly string[] | null;
  } | null;
  /** Empty without an index. */
  readonly outsideIndex: OutsideIndex;
  /** Trouble that did not stop the opening; most kinds stop a load. */
  readonly problems: readonly Failure[];
  /** From generation_config.json or config.json; empty when neither names one. */
  readonly endTokenIds: readonly number[];
}

export interface OpenOptions {
  readonly signal?: AbortSignal;
  /**
   * Called once, and waited for, as soon as nothing but cancelling can stop the opening: the moment to let go of what was
   * open before. Never called when the opening fails.
   */
  readonly whenReadable?: () => Promise<void>;
  /** Called after each file's header. */
  readonly onProgress?: (filesRead: number, files: number) => void;
}

const nothingOutside: OutsideIndex = { files: [], tensors: [] };

/** Small enough not to exhaust file handles, large enough to hide the latency of network disks. */
const parallelHeaders = 16;
const maxConfigBytes = 16 * 2 ** 20;

/**
 * @param path a checkpoint folder, or a path inside one
 * @throws FailureError folderNotFound, notACheckpoint, configUnreadable, configUnsupported, noWeights, cancelled
 */
export async function openCheckpoint(path: string, options: OpenOptions = {}): Promise<Checkpoint> {
  const folder = await findFolder(path);
  const raw = await readJsonObject(join(folder, 'config.json'), 'config.json');
  const problems: Failure[] = [];
  const config = await configWithQuantizationFile(folder, raw, problems);
  // Asked before the index is read, which alone is large.
  const isSure = options.whenReadable !== undefined && (await holdsReadableHeader(folder));
  if (isSure) await options.whenReadable();
  const index = await readIndex(folder, problems);
  const names = index === null ? await listShardNames(folder) : shardNamesOf(index, problems);
  if (names.length === 0 && problems.length === 0) {
    throw await noSafetensors(folder);
  }
  const shards = await readHeaders(folder, names, problems, options);
  const files: ShardFile[] = [];
  const tensors: Tensor[] = [];
  for (const { name, path: shardPath, header } of shards) {
    const file = files.length;
    files.push({ name, path: shardPath, bytes: header.bytes, mtimeNs: header.mtimeNs });
    for (const tensor of header.tensors) {
      tensor.file = file;
      tensors.push(tensor);
    }
  }
  if (shards.length === 0) sayOnceThatShardsAreAbsent(problems, names.length, folder);
  const agrees = index !== null && agreesWithIndex(index, shards);
  // One by one: as arguments of one call, 100,000 names overflow the stack.
  if (index !== null && !agrees) for (const missing of missingTensors(index, shards, folder)) problems.push(missing);
  // No header names any: the index alone still tells which rule each tensor meets.
  if (index !== null && tensors.length === 0) for (const tensor of namedOnly(index)) tensors.push(tensor);
  if (tensors.length === 0) {
    const first = problems[0];
    throw first === undefined
      ? new FailureError('noWeights', 'The .safetensors files in this folder hold no tensors.', { path: folder })
      : new FailureError(first.code, first.message, first);
  }
  if (!isSure) await options.whenReadable?.();
  return Object.freeze({
    folder,
    name: basename(folder),
    config,
    files,
    tensors,
    index:
      index === null
        ? null
        : {
            tensors: index.weightMap.size,
            totalSize: index.totalSize,
            files: new Set(index.weightMap.values()).size,
            names: agrees ? null : [...index.weightMap.keys()],
          },
    outsideIndex: index === null ? nothingOutside : await findOutsideIndex(folder, index, agrees ? [] : shards),
    problems,
    endTokenIds: await readEndTokens(folder, config),
  });
}

/** A folder with an index and none of its files: one thing to say, not one for each file. */
function sayOnceThatShardsAreAbsent(problems: Failure[], files: number, folder: string): void {
  const present = problems.filter(({ code }) => code !== 'shardMissing');
  if (files === 0 || problems.length - present.length < files) return;
  const which = files === 1 ? 'The one file that the index names is' : `The ${files} files that the index names are`;
  const absent = makeFailure('shardsAbsent', `${which} not here, so tensors are known by name alone.`, {
    path: folder,
  });
  problems.splice(0, problems.length, absent, ...present);
}

/** The folder itself, or the nearest one above (at most three steps) that looks like a checkpoint. */
async function findFolder(path: string): Promise<string> {
  const start = resolve(path);
  const info = await stat(start).catch((cause: NodeJS.ErrnoException) => {
    throw notFound(start, cause);
  });
  let folder = info.isDirectory() ? start : dirname(start);
  const first = folder;
  for (let step = 0; step < 4; step++) {
    const entries = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
      if (folder === first) throw notFound(folder, cause);
      return [] as string[];
    });
    if (entries.includes('config.json')) {
      // A parent is only taken when it holds weights too: a stray config.json above is no checkpoint.
      if (folder === first || entries.some((entry) => entry.includes('.safetensors'))) return folder;
    }
    if (entries.some((entry) => entry.endsWith('.safetensors'))) {
      throw new FailureError('notACheckpoint', 'This folder has weights but no config.json.', {
        path: folder,
        hint: 'Put config.json of the same model beside the .safetensors files.',
      });
    }
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  throw new FailureError('notACheckpoint', 'This folder has no config.json, so it is not a checkpoint.', {
    path: first,
  });
}

function notFound(path: string, cause: NodeJS.ErrnoException): FailureError {
  const isAbsent = cause.code === 'ENOENT' || cause.code === 'ENOTDIR';
  const what = isAbsent ? 'There is no such folder.' : `The folder can't be read (${cause.code ?? 'unknown error'}).`;
  return new FailureError('folderNotFound', what, { path, cause });
}

async function readJsonObject(path: string, shown: string): Promise<Record<string, unknown>> {
  const unreadable = (what: string, cause?: unknown) =>
    new FailureError('configUnreadable', `${shown} ${what}.`, { path, cause });
  let text: string;
  try {
    text = await readTextFile(path, maxConfigBytes);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOTFILE' || code === 'EFBIG') throw unreadable('is not a file of a sensible size', error);
    throw unreadable(`could not be read (${code})`, error);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    if (looksLikeLfsPointer(text))
      throw new FailureError('configUnreadable', `${shown} ${lfsPointerText}.`, { path, hint: lfsPointerHint });
    throw unreadable('is not valid JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw unreadable('is not a JSON object');
  if (isTooDeep(parsed)) throw unreadable(`is nested more than ${maxJsonDepth} levels deep`);
  return parsed as Record<string, unknown>;
}

async function readIndex(folder: string, problems: Failure[]): Promise<ShardIndex | null> {
  try {
    return await readShardIndex(join(folder, indexFileName));
  } catch (error) {
    problems.push(toFailure(error));
    return null;
  }
}

/** Whether any file of the folder can be opened and names a tensor: the checkpoint opens then, whatever else is wrong. */
async function holdsReadableHeader(folder: string): Promise<boolean> {
  for (const name of await listShardNames(folder)) {
    const shard = await readShard(folder, name);
    if ('header' in shard && shard.header.tensors.length > 0) return true;
  }
  return false;
}

async function listShardNames(folder: string): Promise<string[]> {
  const entries = await readdir(folder);
  return entries.filter((entry) => entry.endsWith('.safetensors')).sort();
}

function shardNamesOf(index: ShardIndex, problems: Failure[]): string[] {
  const names = [...new Set(index.weightMap.values())].sort();
  return names.filter((name) => {
    if (isConfinedName(name)) return true;
    const message = `The index names a file outside the checkpoint folder: ${JSON.stringify(name)}.`;
    problems.push(makeFailure('unsafeName', message));
    return false;
  });
}

interface ReadShard {
  readonly name: string;
  readonly path: string;
  readonly header: SafetensorsHeader;
}

async function readHeaders(
  folder: string,
  names: readonly string[],
  problems: Failure[],
  { signal, onProgress }: OpenOptions,
): Promise<ReadShard[]> {
  const results: (ReadShard | Failure | undefined)[] = new Array(names.length);
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let at = next++; at < names.length; at = next++) {
      signal?.throwIfAborted();
      results[at] = await readShard(folder, names[at] as string);
      onProgress?.(++done, names.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallelHeaders, names.length) }, worker));
  const shards: ReadShard[] = [];
  for (const result of results) {
    if (result === undefined) continue;
    if ('code' in result) {
      problems.push(result);
      continue;
    }
    const { header, name, path } = result;
    if (header.promisedBytes > header.bytes) {
      const message = `${name} is cut short: its header promises ${header.promisedBytes} bytes and the file has ${header.bytes}.`;
      problems.push(makeFailure('shardTruncated', message, { path }));
    }
    shards.push(result);
  }
  return shards;
}

async function readShard(folder: string, name: string): Promise<ReadShard | Failure> {
  const joined = join(folder, name);
  try {
    const header = await readSafetensorsHeader(joined, name);
    return { name, path: await realpath(joined), header };
  } catch (error) {
    return toFailure(error);
  }
}

function namedOnly(index: ShardIndex): Tensor[] {
  return [...index.weightMap.keys()].map((name) => ({ name, dtype: 'BF16', shape: [], file: -1, begin: 0, end: 0 }));
}

/** Whether index and headers name the same tensors in the same files: one look-up a tensor, and nothing else to compare. */
function agreesWithIndex(index: ShardIndex, shards: readonly ReadShard[]): boolean {
  let tensors = 0;
  for (const { name: file, header } of shards) {
    tensors += header.tensors.length;
    for (const { name } of header.tensors) if (index.weightMap.get(name) !== file) return false;
  }
  return tensors === index.weightMap.size;
}

/** Tensors that the index places in a readable file which does not hold them; one failure a file. */
function missingTensors(index: ShardIndex, shards: readonly ReadShard[], folder: string): Failure[] {
  const held = new Map(shards.map(({ name, header }) => [name, new Set(header.tensors.map((tensor) => tensor.name))]));
  const missing = new Map<string, string[]>();
  for (const [tensor, file] of index.weightMap) {
    const names = held.get(file);
    if (names === undefined || names.has(tensor)) continue;
    const list = missing.get(file);
    if (list === undefined) missing.set(file, [tensor]);
    else list.push(tensor);
  }
  return [...missing].map(([file, names]) => {
    const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
    return makeFailure(
      'tensorMissing',
      `The index places "${names[0]}"${more} in ${file}, which does not hold ${names.length > 1 ? 'them' : 'it'}.`,
      {
        path: join(folder, file),
      },
    );
  });
}

/** generation_config.json first, as serving engines do; a missing or broken one is no failure. */
async function readEndTokens(folder: string, config: ModelConfig): Promise<number[]> {
  const generation = await readJsonObject(join(folder, 'generation_config.json'), 'generation_config.json').catch(
    () => ({}) as Record<string, unknown>,
  );
  const value = generation.eos_token_id ?? config.raw.eos_token_id;
  const list = Array.isArray(value) ? value : [value];
  return list.filter((id): id is number => Number.isInteger(id));
}
