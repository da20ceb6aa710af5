/**
 * Reads the header of one .safetensors file: 8 bytes little-endian length, that many bytes of JSON, then the data.
 * Every number is checked against the file before it is believed. Format: the safetensors README.
 */
import type { FileHandle } from 'node:fs/promises';
import { open, stat } from 'node:fs/promises';
import { dtypeBytes, type Tensor } from '../../common/domain.ts';
import { dtypeNamed, maxDtypeName } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import { lfsPointerHint, lfsPointerText, looksLikeLfsPointer } from './lfsPointer.ts';
import { readExactly } from './readExactly.ts';

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

export interface HeaderTensor extends Tensor {
  /** Set once it is known which files of the checkpoint could be read; -1 until then. */
  file: number;
}

export interface SafetensorsHeader {
  readonly bytes: number;
  readonly mtimeNs: string;
  /** In the order of their data. */
  readonly tensors: readonly HeaderTensor[];
  /** Bytes that the header promises; more than `bytes` when the file is cut short. */
  readonly promisedBytes: number;
}

/**
 * @param path absolute; symlinks are followed
 * @param shown the name used in messages
 * @throws FailureError shardMissing, readFailed, shardTruncated (too short for its own header), headerInvalid
 */
export async function readSafetensorsHeader(path: string, shown: string): Promise<SafetensorsHeader> {
  const handle = await openRegularFile(path, shown);
  try {
    // Size and time come from the open file, so that they belong to what is read.
    const info = await handle.stat({ bigint: true });
    const bytes = Number(info.size);
    const length = headerLength(await readExactly(handle, 0, Math.min(8, bytes), { path, shown }), bytes, path, shown);
    const text = decodeUtf8(await readExactly(handle, 8, length, { path, shown }), path, shown);
    const tensors = parseHeader(text, 8 + length, path, shown);
    const promisedBytes = checkLayout(tensors, 8 + length, bytes, path, shown);
    return { bytes, mtimeNs: String(info.mtimeNs), tensors, promisedBytes };
  } finally {
    await handle.close();
  }
}

async function openRegularFile(path: string, shown: string): Promise<FileHandle> {
  try {
    // Asked before opening: opening a named pipe would wait for a writer for ever.
    const info = await stat(path);
    if (!info.isFile()) throw new FailureError('readFailed', `${shown} is not a regular file.`, { path });
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof FailureError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new FailureError('shardMissing', `${shown} is not there.`, { path, cause: error });
    }
    throw new FailureError('readFailed', `${shown} could not be opened (${code ?? 'unknown error'}).`, {
      path,
      cause: error,
    });
  }
}

function headerLength(prefix: Uint8Array, fileBytes: number, path: string, shown: string): number {
  if (prefix.byteLength < 8) {
    throw new FailureError('shardTruncated', `${shown} has ${fileBytes} bytes, too few for a safetensors header.`, {
      path,
    });
  }
  if (looksLikeLfsPointer(String.fromCharCode(...prefix)))
    throw new FailureError('headerInvalid', `${shown} (${fileBytes} bytes) ${lfsPointerText}.`, {
      path,
      hint: lfsPointerHint,
    });
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > maxHeaderBytes) {
    throw new FailureError(
      'headerInvalid',
      `${shown} does not begin with a safetensors header (its length field says ${length} bytes, the limit is ${maxHeaderBytes}).`,
      { path },
    );
  }
  if (8 + length > fileBytes) {
    throw new FailureError(
      'shardTruncated',
      `${shown} has ${fileBytes} bytes, but its header alone needs ${8 + length}.`,
      { path },
    );
  }
  return length;
}

function decodeUtf8(data: Uint8Array, path: string, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch (cause) {
    throw new FailureError('headerInvalid', `The header of ${shown} is not UTF-8 text.`, { path, cause });
  }
}

function parseHeader(text: string, dataStart: number, path: string, shown: string): HeaderTensor[] {
  const invalid = (what: string) => new FailureError('headerInvalid', `The header of ${shown} ${what}.`, { path });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalid('is not JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid('is not a JSON object');
  const tensors: HeaderTensor[] = [];
  const entries = parsed as Record<string, unknown>;
  const shapes = new Shapes();
  for (const name of Object.keys(entries)) {
    if (name === '__metadata__') continue;
    const entry = entries[name] as { dtype?: unknown; shape?: unknown; data_offsets?: unknown } | null;
    if (typeof entry !== 'object' || entry === null) throw invalid(`has an entry "${name}" that is not an object`);
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype !== 'string' || dtype.length > maxDtypeName) {
      throw invalid(`gives tensor "${name}" a dtype that is no name`);
    }
    const type = dtypeNamed(dtype);
    if (!Array.isArray(shape) || !shape.every(isSize)) throw invalid(`gives tensor "${name}" a bad shape`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
      throw invalid(`gives tensor "${name}" bad data_offsets`);
    }
    const [begin, end] = offsets as [number, number];
    let expected: number = dtypeBytes[type.dtype];
    for (const size of shape) expected *= size;
    if (type.dtype === 'UNKNOWN') {
      if (end < begin) throw invalid(`gives tensor "${name}" bad data_offsets`);
    } else if (!Number.isSafeInteger(expected) || end - begin !== expected) {
      throw invalid(
        `gives tensor "${name}" ${end - begin} bytes, but ${dtype} [${shape.join(', ')}] needs ${expected}`,
      );
    }
    tensors.push({
      name,
      ...type,
      shape: shapes.same(shape),
      file: -1,
      begin: dataStart + begin,
      end: dataStart + end,
    });
  }
  return isInOrder(tensors) ? tensors : tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
}

/** One array for all tensors of a shape: experts alike by the hundred thousand would each hold their own otherwise. */
class Shapes {
  readonly #known = new Map<number, readonly number[]>();

  same(shape: readonly number[]): readonly number[] {
    const key = shape.reduce((sum, size) => sum * 1_000_003 + size, shape.length);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, shape);
    // Two shapes may have one key.
    return known?.length === shape.length && known.every((size, at) => size === shape[at]) ? known : shape;
  }
}

/** Whether the entries stand in the order of their data already, as most writers leave them. */
function isInOrder(tensors: readonly HeaderTensor[]): boolean {
  let last = 0;
  for (const { begin, end } of tensors) {
    if (begin < last) return false;
    last = end;
  }
  return true;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The data must be covered from the first to the last byte, without holes or overlaps. */
function checkLayout(
  tensors: readonly HeaderTensor[],
  dataStart: number,
  fileBytes: number,
  path: string,
  shown: string,
): number {
  let position = dataStart;
  for (const tensor of tensors) {
    if (tensor.begin !== position) {
      const what = tensor.begin < position ? 'overlap' : 'leave a hole';
      throw new FailureError(
        'headerInvalid',
        `The header of ${shown} lets the tensors ${what} before "${tensor.name}".`,
        {
          path,
        },
      );
    }
    position = tensor.end;
  }
  if (position < fileBytes) {
    throw new FailureError(
      'headerInvalid',
      `${shown} has ${fileBytes - position} bytes after the last tensor that its header names.`,
      { path },
    );
  }
  return position;
}
