import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import {
  NativeError,
  type NativeErrorCode,
  type NativeLibrary,
  type NativeReadItem,
  type NativeSourceFile,
} from '../../electron/engine/kernels/kernels.ts';
import { loadNativeLibrary } from '../../electron/engine/kernels/nativeKernels.ts';

export const addonPath = fileURLToPath(new URL('../../native/build/draftscope.node', import.meta.url));

/** Throws with the build hint when the addon is missing, which fails the test file. */
export function openLibrary(): NativeLibrary {
  return loadNativeLibrary(addonPath);
}

/** A folder that dispose() removes. */
export class ScratchFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'draftscope-native-'));

  file(name: string): string {
    return join(this.path, name);
  }

  dispose(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function sourceFile(path: string): NativeSourceFile {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return { path, expectedBytes: Number(size), expectedMtimeNs: mtimeNs.toString() };
}

export interface StoredTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/** Writes a safetensors file; returns each tensor's first byte in the file. */
export function writeSafetensors(path: string, tensors: readonly StoredTensor[]): Map<string, number> {
  const entries: Record<string, { dtype: string; shape: readonly number[]; data_offsets: [number, number] }> = {};
  let end = 0;
  for (const { name, dtype, shape, data } of tensors) {
    entries[name] = { dtype, shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
  }
  const header = Buffer.from(JSON.stringify(entries));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bodies = tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  writeFileSync(path, Buffer.concat([length, header, ...bodies]));
  const first = 8 + header.length;
  return new Map(Object.entries(entries).map(([name, entry]) => [name, first + entry.data_offsets[0]]));
}

/** A whole contiguous tensor into a whole parameter, unless told otherwise. */
export function readItem(changes: Partial<NativeReadItem> & { rows: number; cols: number }): NativeReadItem {
  const srcDtype = changes.srcDtype ?? 'F32';
  const elementBytes = { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1, I32: 4, I64: 8, U8: 1 }[srcDtype];
  return {
    file: 0,
    parameter: 0,
    fileOffset: 0,
    srcRowBytes: changes.cols * elementBytes,
    srcDtype,
    dstOffset: 0,
    dstStride: changes.cols,
    broadcastCols: false,
    ...changes,
  };
}

function expectNativeError(error: unknown, code: NativeErrorCode, words: RegExp): void {
  expect(error).toBeInstanceOf(NativeError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
}

export async function expectRejection(promise: Promise<unknown>, code: NativeErrorCode, words: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expectNativeError(error, code, words);
}

export function expectThrow(call: () => unknown, code: NativeErrorCode, words: RegExp): void {
  let caught: unknown;
  try {
    call();
  } catch (error) {
    caught = error;
  }
  expectNativeError(caught, code, words);
}

/** What a caller without types might pass. */
export function untyped<T>(value: unknown): T {
  return value as T;
}
