/** Writes and reads headers files: a checkpoint without its weights. Everything in one is taken as hostile input. */
import { open, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { dtypeBytes, type Tensor } from '../../common/domain.ts';
import { dtypeNamed, dtypeText } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import { type HeadersFile, headersFileSchema, headersFormat, headersVersion } from '../../common/headersFile.ts';
import { checkpointConfig } from './classDefaults.ts';
import { isTooDeep, maxJsonDepth } from './jsonDepth.ts';
import type { Checkpoint } from './openCheckpoint.ts';

/** A hundred times what the largest public checkpoint needs. */
const maxPackedBytes = 200_000_000;
const maxTextBytes = 400_000_000;

/** Whether a path is a gzip file; a folder or anything else is no headers file. */
export async function isHeadersFile(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() !== true) return false;
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}

/** @returns bytes written */
export async function writeHeadersFile(checkpoint: Checkpoint, path: string): Promise<number> {
  const packed = gzipSync(JSON.stringify(headersOf(checkpoint)));
  try {
    await writeFile(path, packed);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new FailureError('badOption', `The headers file could not be written (${code}).`, { path, cause });
  }
  return packed.length;
}

function headersOf(checkpoint: Checkpoint): HeadersFile {
  const numberOf = (table: Map<string, number>, key: string) => {
    const known = table.get(key);
    if (known !== undefined) return known;
    table.set(key, table.size);
    return table.size - 1;
  };
  const shapes = new Map<string, number>();
  const dtypes = new Map<string, number>();
  const { tensors } = checkpoint;
  const columns = {
    name: tensors.map(({ name }) => name),
    shape: tensors.map(({ shape }) => numberOf(shapes, JSON.stringify(shape))),
    dtype: tensors.map((tensor) => numberOf(dtypes, dtypeText(tensor))),
    file: tensors.map(({ file }) => file),
    begin: tensors.map(({ begin }) => begin),
  };
  return {
    format: headersFormat,
    version: headersVersion,
    name: checkpoint.name,
    config: { ...checkpoint.config.raw },
    quantizationFile: checkpoint.config.quantizationFile,
    index: checkpoint.index === null ? null : { ...checkpoint.index, names: copyOf(checkpoint.index.names) },
    endTokenIds: [...checkpoint.endTokenIds],
    files: checkpoint.files.map(({ name, bytes }) => ({ name, bytes })),
    shapes: [...shapes.keys()].map((text) => JSON.parse(text) as number[]),
    dtypes: [...dtypes.keys()],
    tensors: columns,
    bytesOf: tensors.flatMap(({ dtype, begin, end }, at): [number, number][] =>
      dtype === 'UNKNOWN' ? [[at, end - begin]] : [],
    ),
    outsideIndex: {
      files: checkpoint.outsideIndex.files.map((file) => ({ ...file, tensors: [...file.tensors] })),
      tensors: checkpoint.outsideIndex.tensors.map((tensor) => ({ ...tensor })),
    },
    // Paths of the machine that wrote it stay there.
    problems: checkpoint.problems.map(({ code, message, hint }) => ({ code, message, hint })),
  };
}

/**
 * @param path a gzip file (isHeadersFile)
 * @throws FailureError headersUnreadable
 */
export async function readHeadersFile(path: string): Promise<Checkpoint> {
  const file = resolve(path);
  const parsed = headersFileSchema.safeParse(await unpack(file));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unreadable(`is not valid (${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'})`, file);
  }
  const given = parsed.data;
  if (isTooDeep(given.config)) throw unreadable(`has a config nested more than ${maxJsonDepth} levels deep`, file);
  return Object.freeze({
    folder: file,
    name: given.name,
    config: {
      ...checkpointConfig(given.config),
      ...(given.quantizationFile === undefined ? {} : { quantizationFile: given.quantizationFile }),
    },
    headersOnly: true,
    files: given.files.map(({ name, bytes }) => ({ name, path: '', bytes, mtimeNs: '0' })),
    tensors: tensorsOf(given, file),
    index:
      given.index === null
        ? null
        : { ...given.index, files: given.index.files ?? given.files.length, names: given.index.names ?? null },
    outsideIndex: given.outsideIndex,
    problems: given.problems,
    endTokenIds: given.endTokenIds,
  });
}

function copyOf(names: readonly string[] | null): string[] | null {
  return names === null ? null : [...names];
}

async function unpack(path: string): Promise<unknown> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > maxPackedBytes) throw unreadable(`has ${size} bytes; at most ${maxPackedBytes} are read`, path);
    const packed = await handle.readFile();
    return JSON.parse(gunzipSync(packed, { maxOutputLength: maxTextBytes }).toString('utf8'));
  } catch (error) {
    if (error instanceof FailureError) throw error;
    throw unreadable('is damaged, or is not one', path);
  } finally {
    await handle.close();
  }
}

function tensorsOf({ tensors, shapes, dtypes: dtypeNames, files, bytesOf }: HeadersFile, path: string): Tensor[] {
  const dtypes = dtypeNames.map(dtypeNamed);
  const unknownBytes = new Map(bytesOf);
  const count = tensors.name.length;
  for (const [column, values] of Object.entries(tensors))
    if (values.length !== count)
      throw unreadable(`has ${values.length} entries in ${column} for ${count} tensors`, path);
  return tensors.name.map((name, at): Tensor => {
    const shape = shapes[tensors.shape[at] ?? -1];
    const type = dtypes[tensors.dtype[at] ?? -1];
    const file = tensors.file[at] ?? -1;
    const begin = tensors.begin[at] ?? 0;
    if (shape === undefined || type === undefined || file >= files.length)
      throw unreadable(
        `names a shape, an element type or a file for "${name.slice(0, 100)}" that it does not hold`,
        path,
      );
    const bytes =
      file < 0
        ? 0
        : type.dtype === 'UNKNOWN'
          ? (unknownBytes.get(at) ?? 0)
          : shape.reduce((product, size) => product * size, dtypeBytes[type.dtype]);
    if (!Number.isSafeInteger(begin + bytes))
      throw unreadable(`gives "${name.slice(0, 100)}" an impossible size`, path);
    return { name, ...type, shape, file, begin, end: begin + bytes };
  });
}

function unreadable(what: string, path: string): FailureError {
  return new FailureError('headersUnreadable', `The headers file ${what}.`, { path });
}

/** @throws FailureError headersOnly: a headers file has no weights */
export function requireWeights({ headersOnly }: Pick<Checkpoint, 'headersOnly'>): void {
  if (headersOnly === true)
    throw new FailureError(
      'headersOnly',
      'This is a headers file: names and shapes of a checkpoint, without its weights.',
    );
}
