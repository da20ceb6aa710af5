import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { differencesFromList, fallbackFits, parseChecksumList } from '../../../scripts/electronFallback.mjs';
import { executableName, findElectron, sizesMatch } from '../../../scripts/ensureElectron.mjs';
import { hashFile } from '../../../scripts/fingerprint.mjs';
import { inRoot, readJsonIfAny } from '../../../scripts/project.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'draftscope-electron-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the checksum list', () => {
  function fill(): Map<string, string> {
    mkdirSync(join(folder, 'locales'));
    writeFileSync(join(folder, 'electron'), 'binary');
    writeFileSync(join(folder, 'locales', 'de.pak'), 'words');
    return new Map(['electron', 'locales/de.pak'].map((path) => [path, hashFile(join(folder, path), 'sha256', 'hex')]));
  }

  it('is content with the listed files', () => {
    expect(differencesFromList(folder, fill())).toEqual([]);
  });

  it('names missing, extra and changed files', () => {
    const sums = fill();
    rmSync(join(folder, 'electron'));
    writeFileSync(join(folder, 'locales', 'de.pak'), 'other words');
    writeFileSync(join(folder, 'extra.so'), '');
    expect(differencesFromList(folder, sums).sort()).toEqual([
      'changed: locales/de.pak',
      'missing: electron',
      'not in the list: extra.so',
    ]);
  });

  it('as committed names the executable and every part of it', () => {
    const sums = parseChecksumList(readFileSync(inRoot('scripts', 'electron-42.0.0-linux-x64.sha256'), 'utf8'));
    expect(sums.size).toBe(74);
    expect([...sums.keys()]).toEqual(
      expect.arrayContaining(['electron', 'chrome-sandbox', 'resources/default_app.asar']),
    );
  });

  it('belongs to the Electron version of package.json', () => {
    const wanted = readJsonIfAny(inRoot('package.json')).devDependencies.electron;
    expect(fallbackFits(wanted)).toBe(process.platform === 'linux' && process.arch === 'x64');
    expect(fallbackFits('41.0.0')).toBe(false);
  });
});

describe('a copy that is in place', () => {
  it('is damaged when a file is shorter or gone', () => {
    const file = join(folder, 'libffmpeg.so');
    writeFileSync(file, 'sound');
    expect(sizesMatch(folder, { 'libffmpeg.so': 5 })).toBe(true);
    writeFileSync(file, 'so');
    expect(sizesMatch(folder, { 'libffmpeg.so': 5 })).toBe(false);
    rmSync(file);
    expect(sizesMatch(folder, { 'libffmpeg.so': 5 })).toBe(false);
  });
});

describe('ELECTRON_OVERRIDE_DIST_PATH', () => {
  it('wins over everything else', () => {
    const executable = executableName();
    mkdirSync(dirname(join(folder, executable)), { recursive: true });
    writeFileSync(join(folder, executable), '');
    writeFileSync(join(folder, 'version'), 'v40.1.2\n');
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder);
    expect(findElectron()).toEqual({
      dist: folder,
      executable: join(folder, executable),
      version: '40.1.2',
      source: 'override',
    });
  });

  it('is refused in one sentence when there is no executable in it', () => {
    vi.stubEnv('ELECTRON_OVERRIDE_DIST_PATH', folder);
    expect(() => findElectron()).toThrow(`ELECTRON_OVERRIDE_DIST_PATH names ${folder}, but there is no`);
  });
});
