/** Where things are in the checkout, said once for all scripts. Only node: modules: it runs before `npm ci`. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/**
 * @param {...string} parts
 * @returns {string} absolute path inside the checkout
 */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * @param {string} moduleUrl import.meta.url of the asking module
 * @returns {boolean} whether node was started with that module
 */
export function isMainModule(moduleUrl) {
  const started = process.argv[1];
  return started !== undefined && existsSync(started) && pathToFileURL(realpathSync(started)).href === moduleUrl;
}

/** Arguments that only root needs: Chromium refuses to start its sandbox for uid 0. */
export const sandboxArguments = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** Whether a window could be seen. Outside Linux there is always a display server. */
export function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);
}

/**
 * @param {string} path
 * @returns {any} parsed JSON, or null when the file is missing or broken
 */
export function readJsonIfAny(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * @param {string} command
 * @returns {string | null} full path of an executable found in PATH
 */
export function findInPath(command) {
  const separator = process.platform === 'win32' ? ';' : ':';
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', '.bat'] : [''];
  for (const folder of (process.env.PATH ?? '').split(separator)) {
    for (const suffix of suffixes) {
      const candidate = join(folder, command + suffix);
      if (folder !== '' && existsSync(candidate)) return candidate;
    }
  }
  return null;
}

/** A failure that is told to people as it is: one sentence, then what to do. Anything else is a bug with its stack. */
export class SetupError extends Error {}

/** Ctrl-C, or another request to end, came while something was running. */
export class InterruptedError extends SetupError {}
