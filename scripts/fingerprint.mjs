/** Content hashes that say whether a built thing is still true to its sources. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * @param {string} path file or folder
 * @param {ReadonlySet<string>} skippedNames folder or file names that are passed over at any depth
 * @returns {string[]} files below it, sorted
 */
export function listFiles(path, skippedNames = new Set()) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  /** @type {string[]} */
  const files = [];
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (skippedNames.has(entry.name) || entry.name.endsWith('.tsbuildinfo')) continue;
    const full = join(path, entry.name);
    if (entry.isDirectory()) files.push(...listFiles(full, skippedNames));
    else if (entry.isFile()) files.push(full);
  }
  return files.sort();
}

/**
 * @param {string} base paths enter the hash relative to it, so that a moved checkout hashes the same
 * @param {readonly string[]} paths files and folders
 * @param {{ skippedNames?: ReadonlySet<string>, salt?: string }} [options] salt = facts beyond the files
 * @returns {string} sha256, hex
 */
export function fingerprint(base, paths, options = {}) {
  const hash = createHash('sha256').update(options.salt ?? '');
  for (const path of paths) {
    for (const file of listFiles(path, options.skippedNames)) {
      hash.update(`\0${relative(base, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @param {string} algorithm
 * @param {'hex' | 'base64'} encoding
 */
export function hashFile(path, algorithm, encoding) {
  return createHash(algorithm).update(readFileSync(path)).digest(encoding);
}

/**
 * @param {string} stampFile
 * @param {string} wanted
 * @param {readonly string[]} outputs files that must exist
 */
export function isFresh(stampFile, wanted, outputs) {
  return (
    outputs.every((file) => existsSync(file)) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted
  );
}

/**
 * @param {string} stampFile
 * @param {string} value
 */
export function writeStamp(stampFile, value) {
  mkdirSync(dirname(stampFile), { recursive: true });
  writeFileSync(stampFile, value);
}
