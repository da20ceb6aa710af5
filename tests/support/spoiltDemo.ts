/** A copy of the demo checkpoint in which some tensors hold zeros, as a conversion that lost them leaves it. */
import { closeSync, cpSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));

/** @param folder must not be there yet */
export function zeroInDemo(folder: string, isZeroed: (name: string) => boolean): void {
  cpSync(demo, folder, { recursive: true });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.safetensors'))) {
    const bytes = readFileSync(join(folder, file));
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    const handle = openSync(join(folder, file), 'r+');
    for (const [name, entry] of Object.entries(header)) {
      if (name === '__metadata__' || !isZeroed(name)) continue;
      const [begin, end] = entry.data_offsets;
      writeSync(handle, Buffer.alloc(end - begin), 0, end - begin, 8 + length + begin);
    }
    closeSync(handle);
  }
}
