/** A safetensors file written row by row, and in place only when it is whole. */
import { type FileHandle, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FailureError } from '../common/failure.ts';
import type { ForwardSink, ForwardTensor } from '../engine/session/forwardRun.ts';

export class SafetensorsWriter implements ForwardSink {
  readonly #path: string;
  readonly #part: string;
  #file: FileHandle | null = null;
  readonly #places = new Map<string, { readonly offset: number; readonly rowBytes: number; readonly end: number }>();

  private constructor(path: string) {
    this.#path = path;
    this.#part = `${path}.part`;
  }

  /** @throws FailureError badOption: the folder is not there, or is the checkpoint's own */
  static async at(path: string, checkpointFolder: string): Promise<SafetensorsWriter> {
    const folder = await realpath(dirname(path)).catch(() => null);
    if (folder === null) throw new FailureError('badOption', 'The folder of --out is not there.', { path });
    if (folder === (await realpath(checkpointFolder))) {
      throw new FailureError('badOption', 'Nothing is written into the checkpoint; choose another folder.', { path });
    }
    return new SafetensorsWriter(join(folder, basename(path)));
  }

  async begin(tensors: readonly ForwardTensor[]): Promise<void> {
    const header: Record<string, unknown> = {};
    let end = 0;
    for (const { name, dtype, shape } of tensors) {
      const begin = end;
      end += shape.reduce((product, size) => product * size, 4);
      header[name] = { dtype, shape, data_offsets: [begin, end] };
    }
    const text = JSON.stringify(header);
    const padded = Buffer.from(text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(padded.length));
    const data = 8 + padded.length;
    let offset = data;
    for (const { name, shape } of tensors) {
      const rowBytes = shape.slice(1).reduce((product, size) => product * size, 4);
      const bytes = rowBytes * (shape[0] ?? 1);
      this.#places.set(name, { offset, rowBytes, end: offset + bytes });
      offset += bytes;
    }
    this.#file = await this.#writing(() => open(this.#part, 'w'));
    await this.#write(Buffer.concat([length, padded]), 0);
    await this.#writing(async () => this.#file?.truncate(data + end));
  }

  async rows(name: string, firstRow: number, values: Float32Array | Int32Array): Promise<void> {
    const place = this.#places.get(name);
    const begin = place === undefined ? 0 : place.offset + firstRow * place.rowBytes;
    if (place === undefined || values.byteLength % place.rowBytes !== 0 || begin + values.byteLength > place.end) {
      throw new RangeError(`${values.length} values do not fit ${name} at row ${firstRow}`);
    }
    await this.#write(Buffer.from(values.buffer, values.byteOffset, values.byteLength), begin);
  }

  /** The file is whole: it gets its name. */
  async finish(): Promise<void> {
    await this.#writing(async () => {
      await this.#file?.close();
      this.#file = null;
      await rename(this.#part, this.#path);
    });
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
    await rm(this.#part, { force: true });
  }

  async #write(bytes: Buffer, position: number): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const step = await this.#writing(async () =>
        this.#file?.write(bytes, done, bytes.length - done, position + done),
      );
      if (step === undefined) throw new Error('the file is not open');
      done += step.bytesWritten;
    }
  }

  async #writing<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new FailureError('badOption', `The output can't be written (${reason}).`, { path: this.#path });
    }
  }
}
