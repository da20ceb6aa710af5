/** No arguments make the addon crash: hostile ones by the thousand, in a process of its own, each refused with a clear error. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeErrorCodes } from '../../electron/engine/kernels/nativeKernels.ts';
import { addonPath, ScratchFolder } from './nativeSupport.ts';
import { config, tinyLoad } from './tinyModel.ts';

/** Another build of the addon, and a library that has to be there before it: how `npm run test:sanitizers` runs this. */
const { DRAFTSCOPE_ADDON: addon = addonPath, DRAFTSCOPE_FUZZ_PRELOAD: preload } = process.env;
const program = fileURLToPath(new URL('argumentFuzz.mjs', import.meta.url));
const cases = 5000;

let folder: ScratchFolder;
beforeAll(() => {
  folder = new ScratchFolder();
});
afterAll(() => folder.dispose());

describe('hostile arguments by the thousand', () => {
  it.each([1, 2])('crash nothing and are refused in words, seed %i', (seed) => {
    const log = folder.file('last-case');
    const setUp = folder.file('set-up.json');
    const library = join(dirname(addon), 'libdraftscope_cpu.so');
    const codes = Object.keys(nativeErrorCodes);
    writeFileSync(setUp, JSON.stringify({ addonPath: addon, library, log, codes, config, ...tinyLoad(folder) }));
    const { status, signal, stdout, stderr } = spawnSync(
      process.execPath,
      [program, setUp, String(cases), String(seed)],
      {
        encoding: 'utf8',
        timeout: 100_000,
        env: { ...process.env, ...(preload === undefined ? {} : { LD_PRELOAD: preload }) },
      },
    );
    const last = existsSync(log) ? readFileSync(log, 'utf8') : 'no case was begun';
    expect({ status, signal, stderr, last }).toEqual({ status: 0, signal: null, stderr: '', last });
    const record: Record<string, { refused: number; accepted: number }> = JSON.parse(stdout);
    for (const [name, { refused, accepted }] of Object.entries(record)) {
      expect({ name, accepted: accepted > 0 }).toEqual({ name, accepted: true });
      expect({ name, refused: refused > 0 || name === 'deviceCount' }).toEqual({ name, refused: true });
    }
  });
});
