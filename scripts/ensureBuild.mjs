/** Bundles the TypeScript when its sources changed; in a child, so that nothing of it reaches our stdout. */
import { fingerprint, isFresh, writeStamp } from './fingerprint.mjs';
import { mustRun } from './progress.mjs';
import { inRoot, root } from './project.mjs';

/** @typedef {'app' | 'cli'} Part */

export const builtCli = inRoot('out', 'cli', 'cli.js');

/** @type {Record<Part, { sources: string[], outputs: string[] }>} */
const parts = {
  app: {
    sources: ['electron/common', 'electron/engine', 'electron/main', 'electron/preload', 'renderer'],
    outputs: ['out/main/main.js', 'out/main/engine.js', 'out/preload/preload.cjs', 'out/renderer/index.html'],
  },
  cli: { sources: ['electron/common', 'electron/engine', 'electron/cli'], outputs: ['out/cli/cli.js'] },
};

/**
 * @param {() => void} begin called before anything slow
 * @param {Part} part
 */
export async function ensureBuild(begin, part) {
  const { sources, outputs } = parts[part];
  const wanted = fingerprint(
    root,
    [...sources, 'scripts/build.mjs', 'package.json', 'package-lock.json'].map((path) => inRoot(path)),
  );
  const stampFile = inRoot('out', '.stamps', part);
  const outputFiles = outputs.map((path) => inRoot(path));
  if (isFresh(stampFile, wanted, outputFiles)) return;
  begin();
  await mustRun('The build', process.execPath, [inRoot('scripts', 'build.mjs'), part], { cwd: root });
  writeStamp(stampFile, wanted);
  return 'built';
}
