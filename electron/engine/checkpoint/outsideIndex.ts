/** What lies in the folder and is not in the index. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensorsHeader } from './safetensorsHeader.ts';
import type { ShardIndex } from './shardIndex.ts';

export interface OutsideIndex {
  /** Files that no entry of the index names: an engine that goes by the index never reads them. */
  readonly files: readonly { readonly name: string; readonly tensors: readonly string[]; readonly bytes: number }[];
  /** Tensors that the index leaves out although it names their file: they are read with it all the same. */
  readonly tensors: readonly { readonly name: string; readonly file: string }[];
}

/** More would be another collection of weights, not forgotten shards. */
const maxFiles = 64;

/** @param shards the files of the index that could be read */
export async function findOutsideIndex(
  folder: string,
  index: ShardIndex,
  shards: readonly {
    readonly name: string;
    readonly header: { readonly tensors: readonly { readonly name: string }[] };
  }[],
): Promise<OutsideIndex> {
  const listed = new Set(index.weightMap.values());
  const entries = await readdir(folder).catch(() => [] as string[]);
  const names = entries.filter((entry) => entry.endsWith('.safetensors') && !listed.has(entry)).sort();
  const files = await Promise.all(
    names.slice(0, maxFiles).map(async (name) => {
      // One that can't be read is no shard that was forgotten.
      const header = await readSafetensorsHeader(join(folder, name), name).catch(() => null);
      return header === null
        ? []
        : [{ name, tensors: header.tensors.map((tensor) => tensor.name), bytes: header.bytes }];
    }),
  );
  const tensors = shards.flatMap(({ name: file, header }) =>
    header.tensors.filter(({ name }) => !index.weightMap.has(name)).map(({ name }) => ({ name, file })),
  );
  return { files: files.flat(), tensors };
}
