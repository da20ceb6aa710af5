/** What the machine can do at best: copying memory, and reading a file that the system has in memory. */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { spreadOf, timed } from '../measure.ts';
import type { BenchSection } from '../section.ts';

const bufferBytes = 256 * 2 ** 20;
/** The loader's own order of size: large enough that calls cost nothing. */
const readBytes = 4 * 2 ** 20;

export const ceilings: BenchSection = {
  id: 'ceilings',
  title: 'The machine',
  async run({ runs, cacheFolder }) {
    const source = Buffer.alloc(bufferBytes, 7);
    const target = Buffer.alloc(bufferBytes, 1);
    const copy = await timed(runs, () => source.copy(target));
    mkdirSync(cacheFolder, { recursive: true });
    const path = join(cacheFolder, 'ceiling.bin');
    writeFileSync(path, source);
    const file = openSync(path, 'r');
    const window = target.subarray(0, readBytes);
    const readAll = () => {
      for (let at = 0; at < bufferBytes; at += readBytes) readSync(file, window, 0, readBytes, at);
    };
    readAll();
    const read = await timed(runs, readAll);
    closeSync(file);
    rmSync(path);
    const rate = (millis: readonly number[]) => spreadOf(millis.map((value) => bufferBytes / value / 1e6));
    return {
      rows: [
        { name: 'memory copy', unit: 'GB/s', value: rate(copy), note: 'one thread, 256 MiB, bytes copied' },
        { name: 'read of a cached file', unit: 'GB/s', value: rate(read), note: 'one thread, 4 MiB a call' },
      ],
      facts: [
        `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${(totalmem() / 1e9).toFixed(1)} GB memory, ${process.platform}, Node ${process.versions.node}`,
      ],
    };
  },
};
