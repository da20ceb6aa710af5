import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { matchesLock } from '../../../scripts/ensureNodeModules.mjs';
import { missingLibraries } from '../../../scripts/ensureSystem.mjs';
import { fingerprint, isFresh, writeStamp } from '../../../scripts/fingerprint.mjs';
import { inRoot, readJsonIfAny } from '../../../scripts/project.mjs';
import { findImports } from '../../rules/importScanner.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'draftscope-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('npm packages', () => {
  const lock = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };

  it.each([
    ['everything there', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }, true],
    ['an optional package left out', { 'node_modules/a': { version: '1.0.0' } }, true],
    ['a package missing', { 'node_modules/b': { version: '2.0.0' } }, false],
    ['an older version', { 'node_modules/a': { version: '0.9.0' } }, false],
    [
      'an optional package of another version',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } },
      false,
    ],
  ])('with %s', (_what, installed, fresh) => {
    expect(matchesLock(lock, installed)).toBe(fresh);
  });
});

describe('a clone without node_modules', () => {
  it('can start every entry script: their imports lead to node: modules only', () => {
    const seen = new Set<string>();
    const foreign: string[] = [];
    const visit = (name: string) => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const { specifier } of findImports(readFileSync(inRoot('scripts', name), 'utf8'))) {
        if (specifier.startsWith('./')) visit(specifier.slice(2));
        // The one package that is asked at run time, after npm ci.
        else if (!specifier.startsWith('node:') && specifier !== '@electron/get') foreign.push(`${name}: ${specifier}`);
      }
    };
    for (const entry of ['setup.mjs', 'start.mjs', 'test.mjs', 'cli.mjs', 'package.mjs']) visit(entry);
    expect(foreign).toEqual([]);
    expect(seen.size).toBeGreaterThan(8);
  });

  it('has no npm hook that would run before set-up', () => {
    const { scripts } = readJsonIfAny(inRoot('package.json'));
    expect(Object.keys(scripts).filter((name) => /^(pre|post)|^install$|^prepare$/.test(name))).toEqual([]);
  });

  it('says in one sentence what to do when npm cannot install', () => {
    cpSync(inRoot('scripts'), join(folder, 'scripts'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "name": "broken", "version": "1.0.0" }');
    const result = spawnSync(process.execPath, [join(folder, 'scripts', 'setup.mjs'), 'packages'], {
      encoding: 'utf8',
    });
    expect(result.status).toBe(1);
    expect(result.stdout).toBe('');
    expect(result.stderr).toContain('npm ci failed');
  });
});

describe('freshness', () => {
  it('ends when a source changes, appears, moves or goes, and when an output is missing', () => {
    const sources = join(folder, 'src');
    const output = join(folder, 'out.js');
    const stamp = join(folder, 'stamps', 'out');
    mkdirSync(sources);
    writeFileSync(join(sources, 'a.ts'), 'one');
    const hash = () => fingerprint(folder, [sources]);
    const fresh = () => isFresh(stamp, hash(), [output]);

    expect(fresh()).toBe(false);
    writeFileSync(output, '');
    writeStamp(stamp, hash());
    expect(fresh()).toBe(true);
    writeFileSync(join(sources, 'a.ts'), 'two');
    expect(fresh()).toBe(false);
    writeFileSync(join(sources, 'a.ts'), 'one');
    expect(fresh()).toBe(true);
    writeFileSync(join(sources, 'b.ts'), '');
    expect(fresh()).toBe(false);
    rmSync(join(sources, 'b.ts'));
    rmSync(output);
    expect(fresh()).toBe(false);
    expect(readdirSync(sources)).toEqual(['a.ts']);
  });

  it('depends on facts beyond the files', () => {
    writeFileSync(join(folder, 'a'), '');
    expect(fingerprint(folder, [folder], { salt: 'gcc' })).not.toBe(fingerprint(folder, [folder], { salt: 'clang' }));
  });
});

describe('system libraries', () => {
  it('reads what the loader did not find', () => {
    const output = '\tlibnss3.so => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x1)\n\tlibgbm.so.1 => not found\n';
    expect(missingLibraries(output)).toEqual(['libnss3.so', 'libgbm.so.1']);
  });
});
