/** `npm run bench`: builds what is missing, bundles the benchmark and runs it in plain Node. Options are passed on. */
import { spawnSync } from 'node:child_process';
import { runMain } from './progress.mjs';
import { inRoot } from './project.mjs';
import { ensureAll } from './setup.mjs';

await runMain(async () => {
  // Loading and decoding are measured through the addon.
  await ensureAll(['native'], { quietWhenDone: true });
  const build = spawnSync(process.execPath, [inRoot('scripts', 'build.mjs'), 'bench'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (build.status !== 0) return 1;
  const run = spawnSync(process.execPath, [inRoot('out', 'bench', 'bench.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  return run.status ?? 1;
});
