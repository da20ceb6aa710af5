/** Weights from files into parameters, against plain reads of the same bytes by the same number of threads. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, read, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeDevice, NativeReadItem } from '../../electron/engine/kernels/kernels.ts';
import { loadNativeLibrary } from '../../electron/engine/kernels/nativeKernels.ts';
import { spreadOf } from '../measure.ts';
import { loadFileTimes } from '../peers.ts';
import type { BenchRow, BenchSection } from '../section.ts';

const addon = fileURLToPath(new URL('../../native/build/draftscope.node', import.meta.url));
const tensors = 64;
const rows = 2048;
const cols = 4096;
const tensorBytes = rows * cols * 2;
const totalBytes = tensors * tensorBytes;
/** Of one plain read; the loader's own. */
const pieceBytes = 8 * 2 ** 20;
/** libuv has four threads for reads unless told otherwise. */
const threads = 2;

export const loading: BenchSection = {
  id: 'loading',
  title: `Loading ${(totalBytes / 1e9).toFixed(2)} GB of float16, ${threads} threads`,
  async run({ runs, cacheFolder, say }) {
    mkdirSync(cacheFolder, { recursive: true });
    const path = join(cacheFolder, 'loading.safetensors');
    const dataAt = writeFile(path);
    const device = loadNativeLibrary(addon).openDevice('cpu', { threads });
    const result: BenchRow[] = [];
    const facts: string[] = [];
    const rate = (millis: readonly number[]) => spreadOf(millis.map((value) => totalBytes / value / 1e6));
    try {
      for (const cold of [false, true]) {
        const state = cold ? 'cold' : 'warm';
        if (cold && !dropFromCache(path)) {
          facts.push('Cold files were not measured: dd cannot drop them from the cache here.');
          break;
        }
        say(`${state}: ${runs} runs each, in turn`);
        const plain: number[] = [];
        const ours: number[] = [];
        for (let run = 0; run < runs; run++) {
          if (cold) dropFromCache(path);
          plain.push(await readPlainly(path, dataAt));
          if (cold) dropFromCache(path);
          ours.push(await load(device, path, dataAt, false));
        }
        result.push(
          { name: `${state}: plain pread`, unit: 'GB/s', value: rate(plain), note: 'into fresh memory' },
          {
            name: `${state}: load`,
            unit: 'GB/s',
            value: rate(ours),
            against: `${state}: plain pread`,
            note: 'until the last parameter is ready',
          },
        );
        if (cold) continue;
        const counted: number[] = [];
        for (let run = 0; run < runs; run++) counted.push(await load(device, path, dataAt, true));
        result.push({
          name: 'warm: load with statistics',
          unit: 'GB/s',
          value: rate(counted),
          against: 'warm: plain pread',
          note: 'NaN, Inf, range, means, exponents',
        });
        const peer = loadFileTimes({ runs, say }, path);
        if (peer.millis === null) facts.push(peer.note);
        else {
          const value = rate(peer.millis);
          result.push({ name: `warm: ${peer.name}`, unit: 'GB/s', value, against: 'warm: load', note: peer.note });
        }
      }
    } finally {
      device.close();
      rmSync(path);
    }
    return { rows: result, facts };
  },
};

/** @returns where the first tensor begins */
function writeFile(path: string): number {
  const header = Object.fromEntries(
    Array.from({ length: tensors }, (_, at) => [
      `layer.${at}.weight`,
      { dtype: 'F16', shape: [rows, cols], data_offsets: [at * tensorBytes, (at + 1) * tensorBytes] },
    ]),
  );
  const text = JSON.stringify(header);
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const values = new Uint16Array(rows * cols);
  // Small half floats of both signs, spread over several exponents.
  for (let at = 0; at < values.length; at++) values[at] = ((at * 2654435761) >>> 16) & 0xafff;
  const file = openSync(path, 'w');
  writeSync(file, Buffer.concat([length, padded]));
  for (let at = 0; at < tensors; at++) writeSync(file, Buffer.from(values.buffer));
  closeSync(file);
  return 8 + padded.length;
}

/** Tells the system to forget the file's pages. */
function dropFromCache(path: string): boolean {
  try {
    execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
    execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** All bytes into fresh memory, `threads` reads at a time. @returns milliseconds */
async function readPlainly(path: string, dataAt: number): Promise<number> {
  const file = openSync(path, 'r');
  const begin = performance.now();
  const memory = Buffer.allocUnsafeSlow(totalBytes);
  let next = 0;
  const reader = async () => {
    while (next < totalBytes) {
      const at = next;
      next += pieceBytes;
      await new Promise<void>((resolve, reject) => {
        read(file, memory, at, Math.min(pieceBytes, totalBytes - at), dataAt + at, (error) =>
          error === null ? resolve() : reject(error),
        );
      });
    }
  };
  await Promise.all(Array.from({ length: threads }, reader));
  const millis = performance.now() - begin;
  closeSync(file);
  return millis;
}

async function load(device: NativeDevice, path: string, dataAt: number, statistics: boolean): Promise<number> {
  const names = Array.from({ length: tensors }, (_, at) => `layer.${at}.weight`);
  const items = names.map(
    (_, at): NativeReadItem => ({
      file: 0,
      parameter: at,
      fileOffset: dataAt + at * tensorBytes,
      rows,
      cols,
      srcRowBytes: cols * 2,
      srcDtype: 'F16',
      dstOffset: 0,
      dstStride: cols,
      broadcastCols: false,
    }),
  );
  const begin = performance.now();
  const store = device.createStore(names.map((name) => ({ name, dtype: 'F16', shape: [rows, cols] })));
  const file = { path, expectedBytes: statSync(path).size, expectedMtimeNs: '0' };
  await store.load([file], items, { threads, statistics });
  const millis = performance.now() - begin;
  store.close();
  return millis;
}
