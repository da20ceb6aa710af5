/** The demo checkpoint with tensors left out and config keys changed, as one file without an index. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from './checkpointFolder.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));

type Header = Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }>;

/** @returns the folder */
export function demoVariant(keep: (name: string) => boolean, config: Record<string, unknown> = {}): string {
  const folder = join(makeFolder(), 'variant');
  mkdirSync(folder);
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
    copyFileSync(join(demo, file), join(folder, file));
  }
  const original = JSON.parse(readFileSync(join(demo, 'config.json'), 'utf8'));
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...original, ...config }));
  const header: Header = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const file of readdirSync(demo).filter((name) => name.endsWith('.safetensors'))) {
    const bytes = readFileSync(join(demo, file));
    const length = Number(bytes.readBigUInt64LE(0));
    const { __metadata__: _ignored, ...entries } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
    for (const [name, entry] of Object.entries(entries as Header)) {
      if (!keep(name)) continue;
      const [begin, end] = entry.data_offsets;
      header[name] = { ...entry, data_offsets: [offset, offset + end - begin] };
      parts.push(bytes.subarray(8 + length + begin, 8 + length + end));
      offset += end - begin;
    }
  }
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([prefix, text, ...parts]));
  return folder;
}
