/** Writes checkpoints of full size whose data are holes: headers and index are real, the disk holds only those. */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { dtypeBytes } from '../../electron/common/domain.ts';
import type { ListedTensor } from './tensorList.ts';

export interface WrittenCheckpoint {
  readonly folder: string;
  readonly tensors: number;
  readonly files: number;
  /** Length of the data, holes included. */
  readonly bytes: number;
  /** Length of all headers and of the index: what has to be parsed. */
  readonly jsonBytes: number;
}

/**
 * Fills the folder, or takes it as it is when an earlier run has finished it.
 * @param numFiles tensors are dealt to this many files in order, with near equal counts
 */
export function writeSparseCheckpoint(
  folder: string,
  config: Readonly<Record<string, unknown>>,
  tensors: Iterable<ListedTensor>,
  numFiles: number,
): WrittenCheckpoint {
  mkdirSync(folder, { recursive: true });
  const list = [...tensors];
  const perFile = Math.ceil(list.length / numFiles);
  const weightMap: Record<string, string> = {};
  const finished = existsSync(join(folder, 'config.json'));
  let bytes = 0;
  let jsonBytes = 0;
  for (let file = 0; file < numFiles; file++) {
    const number = (value: number) => String(value).padStart(6, '0');
    const name = `model-${number(file + 1)}-of-${number(numFiles)}.safetensors`;
    const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
    let offset = 0;
    for (const { name: tensor, dtype, shape } of list.slice(file * perFile, (file + 1) * perFile)) {
      const end = offset + shape.reduce((product, size) => product * size, dtypeBytes[dtype]);
      header[tensor] = { dtype, shape, data_offsets: [offset, end] };
      weightMap[tensor] = name;
      offset = end;
    }
    const text = Buffer.from(JSON.stringify(header));
    bytes += offset;
    jsonBytes += text.length;
    if (!finished) writeHoles(join(folder, name), text, offset);
  }
  const index = JSON.stringify({ metadata: { total_size: bytes }, weight_map: weightMap }, null, 2);
  jsonBytes += index.length;
  if (!finished) {
    writeFileSync(join(folder, 'model.safetensors.index.json'), index);
    // Last: its presence says that the folder is whole.
    writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  }
  return { folder, tensors: list.length, files: numFiles, bytes, jsonBytes };
}

function writeHoles(path: string, header: Buffer, dataBytes: number): void {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(header.length));
  const file = openSync(path, 'w');
  try {
    writeSync(file, prefix);
    writeSync(file, header);
    ftruncateSync(file, 8 + header.length + dataBytes);
  } finally {
    closeSync(file);
  }
}
