/** Recorded numerics, and those of our own, as native_tests reads them: the files in the tree are gzipped. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { inRoot } from './project.mjs';

/**
 * Unpacks every checkpoint but those left out into `folder`, one folder each.
 * @param {string} folder made when it is not there
 * @param {readonly string[]} leftOut names of cases
 * @param {readonly string[] | null} [wanted] names of cases; null = all
 * @returns {string} folder
 */
export function unpackNumerics(folder, leftOut, wanted = null) {
  for (const { name, from } of numericsCases()) {
    if (leftOut.includes(name) || !(wanted?.includes(name) ?? true)) continue;
    const target = join(folder, name);
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(from)) {
      const source = join(from, file);
      if (file.endsWith('.gz')) writeFileSync(join(target, file.slice(0, -3)), gunzipSync(readFileSync(source)));
      else copyFileSync(source, join(target, file));
    }
  }
  return folder;
}

/**
 * Rotary tables and routing of the reference engine, as native_tests --math reads them.
 * @param {string} folder made when it is not there
 * @returns {string} folder
 */
export function unpackMath(folder) {
  mkdirSync(folder, { recursive: true });
  for (const file of ['rope.json', 'grouped_topk.json'])
    writeFileSync(join(folder, file), gunzipSync(readFileSync(inRoot('tests', 'golden', 'math', `${file}.gz`))));
  return folder;
}

/** @returns {{name: string, from: string, recorded: boolean}[]} recorded: from an independent implementation */
export function numericsCases() {
  return [
    { folder: inRoot('tests', 'golden', 'numerics'), recorded: true },
    { folder: inRoot('tests', 'native', 'ownNumerics'), recorded: false },
  ].flatMap(({ folder, recorded }) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('_'))
      .map(({ name }) => ({ name, from: join(folder, name), recorded })),
  );
}
