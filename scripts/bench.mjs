/** `npm run bench`: bundles the benchmark and runs it in plain Node. Options are passed on. */
import { spawnSync } from 'node:child_process';
import { runMain } from './progress.mjs';
import { inRoot } from './project.mjs';

await runMain(async () => {
  const build = spawnSync(process.execPath, [inRoot('scripts', 'build.mjs'), 'bench'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (build.status !== 0) {
    process.exitCode = 1;
    return;
  }
  const run = spawnSync(process.execPath, [inRoot('out', 'bench', 'bench.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exitCode = run.status ?? 1;
});
