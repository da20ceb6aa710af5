/** The npm packages of the lockfile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from './progress.mjs';
import { inRoot, readJsonIfAny, root, SetupError } from './project.mjs';

const minimumNode = [20, 19];

/** @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockEntry */

/**
 * Whether what npm installed is what the lockfile says. Optional packages may be absent: most of them are for other
 * platforms.
 * @param {Record<string, LockEntry>} wanted `packages` of package-lock.json
 * @param {Record<string, LockEntry>} installed `packages` of node_modules/.package-lock.json
 */
export function matchesLock(wanted, installed) {
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true;
    const found = installed[path];
    return found === undefined ? entry.optional === true : found.version === entry.version;
  });
}

/**
 * npm's own list outlives the packages that it lists.
 * @param {string} folder of the checkout
 * @param {Record<string, LockEntry>} installed `packages` of node_modules/.package-lock.json
 */
export function foldersArePresent(folder, installed) {
  return Object.entries(installed).every(
    ([path, entry]) => entry.optional === true || existsSync(join(folder, path, 'package.json')),
  );
}

export function nodeModulesAreFresh() {
  const wanted = readJsonIfAny(inRoot('package-lock.json'))?.packages;
  const installed = readJsonIfAny(inRoot('node_modules', '.package-lock.json'))?.packages;
  return Boolean(wanted && installed) && matchesLock(wanted, installed) && foldersArePresent(root, installed);
}

/**
 * How to call npm: the one that runs us when there is one.
 * @returns {{ command: string, first: string[], shell: boolean }}
 */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script) && existsSync(script)) {
    return { command: process.execPath, first: [script], shell: false };
  }
  return { command: 'npm', first: [], shell: process.platform === 'win32' };
}

/** @param {() => void} begin */
export async function ensureNodeModules(begin) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = minimumNode;
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    throw new SetupError(`Node ${minimumNode.join('.')} or newer is needed; this is ${process.versions.node}.`);
  }
  if (nodeModulesAreFresh()) return;
  begin();
  const npm = npmCommand();
  await mustRun('npm ci', npm.command, [...npm.first, 'ci', '--no-audit', '--no-fund'], {
    cwd: root,
    shell: npm.shell,
  });
  return 'installed from package-lock.json';
}
