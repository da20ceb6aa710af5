/**
 * `npm run bench:native`: every kernel, every recorded checkpoint and those of our own, one draft step and one load of an MTP
 * layer in DeepSeek-V3's sizes, on the CPU and, where there is a device, on CUDA. Builds what is missing, unpacks the
 * checkpoints and runs native_bench on them; options are passed on. Its exit code is native_bench's: 1 when an error is out of tolerance.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nativeOutputs } from './ensureNative.mjs';
import { runMain } from './progress.mjs';
import { ensureAll } from './setup.mjs';
import { unpackNumerics } from './unpackNumerics.mjs';

await runMain(async () => {
  await ensureAll(['native'], { quietWhenDone: true });
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-numerics-'));
  try {
    unpackNumerics(folder, []);
    const run = spawnSync(nativeOutputs.bench, ['--numerics', folder, ...process.argv.slice(2)], { stdio: 'inherit' });
    process.exitCode = run.status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
});
