/** What plain reads of a checkpoint's files reach on this machine: the line that a load is held against. */
import { type FileHandle, open } from 'node:fs/promises';
import type { ReadCeiling } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import { requireWeights } from '../checkpoint/headersFile.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';

/** Read again and again, so that all but the first pass come from the system's file cache. */
const sampleBytes = 128 * 2 ** 20;
const blockBytes = 2 ** 20;
const mostPasses = 3;
/** No pass begins, and the first one ends, after this. */
const mostMillis = 400;
/** libuv reads with four threads unless told otherwise; more readers would only wait in its queue. */
const mostReaders = 4;

interface Block {
  readonly file: number;
  readonly at: number;
  readonly bytes: number;
}

/**
 * Reads the beginning of the files into buffers that are used again, with as many readers as the load had (four at most),
 * and tells of the fastest pass.
 * @param threads of the load that is held against it
 * @throws FailureError headersOnly, readFailed
 */
export async function measureReadCeiling(
  checkpoint: Pick<Checkpoint, 'files' | 'headersOnly'>,
  threads: number,
): Promise<ReadCeiling> {
  requireWeights(checkpoint);
  const blocks = firstBlocks(checkpoint.files.map(({ bytes }) => bytes));
  const readers = Math.max(1, Math.min(threads, mostReaders, blocks.length));
  const handles = new Map<number, FileHandle>();
  try {
    for (const { file } of blocks) {
      const path = checkpoint.files[file]?.path;
      if (path !== undefined && !handles.has(file)) handles.set(file, await open(path, 'r'));
    }
    const began = performance.now();
    let best = { bytes: 0, micros: 0 };
    let passes = 0;
    while (passes < mostPasses && performance.now() - began < mostMillis) {
      const pass = await readOnce(
        blocks,
        handles,
        readers,
        passes === 0 ? began + mostMillis : Number.POSITIVE_INFINITY,
      );
      if (passes === 0 || pass.bytes * best.micros > best.bytes * pass.micros) best = pass;
      passes += 1;
    }
    return { ...best, readers, passes };
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new FailureError('readFailed', `The files could not be read again for comparison (${code}).`, { cause });
  } finally {
    await Promise.all([...handles.values()].map((handle) => handle.close()));
  }
}

function firstBlocks(sizes: readonly number[]): Block[] {
  const blocks: Block[] = [];
  let left = sampleBytes;
  for (const [file, size] of sizes.entries()) {
    for (let at = 0; at < size && left > 0; at += blockBytes) {
      const bytes = Math.min(blockBytes, size - at, left);
      blocks.push({ file, at, bytes });
      left -= bytes;
    }
  }
  return blocks;
}

/** @param until what `performance.now()` says when no further block is begun */
async function readOnce(
  blocks: readonly Block[],
  handles: ReadonlyMap<number, FileHandle>,
  readers: number,
  until: number,
): Promise<{ bytes: number; micros: number }> {
  const begin = performance.now();
  let next = 0;
  let bytes = 0;
  async function reader(): Promise<void> {
    const buffer = new Uint8Array(blockBytes);
    while (next < blocks.length && performance.now() < until) {
      const block = blocks[next] as Block;
      next += 1;
      const read = await handles.get(block.file)?.read(buffer, 0, block.bytes, block.at);
      bytes += read?.bytesRead ?? 0;
    }
  }
  await Promise.all(Array.from({ length: readers }, reader));
  return { bytes, micros: (performance.now() - begin) * 1000 };
}
