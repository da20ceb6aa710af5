/** Recorded numerics as native_tests reads them: the files in the tree are gzipped. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { inRoot } from './project.mjs';

/**
 * Unpacks every recorded checkpoint but those left out into `folder`, one folder each.
 * @param {string} folder made when it is not there
 * @param {readonly string[]} leftOut names of cases
 * @returns {string} folder
 */
export function unpackNumerics(folder, leftOut) {
  const recorded = inRoot('tests', 'golden', 'numerics');
  for (const entry of readdirSync(recorded, { withFileTypes: true })) {
    if (!entry.isDirectory() || leftOut.includes(entry.name)) continue;
    const target = join(folder, entry.name);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(join(recorded, entry.name))) {
      const source = join(recorded, entry.name, file);
      if (file.endsWith('.gz')) writeFileSync(join(target, file.slice(0, -3)), gunzipSync(readFileSync(source)));
      else copyFileSync(source, join(target, file));
    }
  }
  return folder;
}
