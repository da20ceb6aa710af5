import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { foldersArePresent, matchesLock } from '../../../scripts/ensureNodeModules.mjs';
import { missingLibraries } from '../../../scripts/ensureSystem.mjs';
import { fingerprint, isFresh, writeStamp } from '../../../scripts/fingerprint.mjs';
import { inRoot, readJsonIfAny } from '../../../scripts/project.mjs';
import { underLock } from '../../../scripts/setupLock.mjs';
import { findImports } from '../../rules/importScanner.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'draftscope-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const readText = (name: string) => readFileSync(join(folder, name), 'utf8');

function isRunning(pid: number): boolean {
  try {
    // A zombie that nobody has collected yet still answers to signals.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

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

describe('the folders of the npm packages', () => {
  const installed = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0', optional: true } };

  it('are missed when one is gone, optional ones are not', () => {
    expect(foldersArePresent(folder, installed)).toBe(false);
    mkdirSync(join(folder, 'node_modules', 'a'), { recursive: true });
    expect(foldersArePresent(folder, installed), 'an empty folder').toBe(false);
    writeFileSync(join(folder, 'node_modules', 'a', 'package.json'), '{}');
    expect(foldersArePresent(folder, installed)).toBe(true);
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

describe('the set-up lock', () => {
  it('lets one process in at a time and is gone afterwards', async () => {
    const lock = join(folder, 'out', '.setup-lock');
    const script = [
      `import { underLock } from ${JSON.stringify(pathToFileURL(inRoot('scripts', 'setupLock.mjs')).href)};`,
      `await underLock(${JSON.stringify(lock)}, async () => {`,
      "  process.stdout.write('in');",
      "  await new Promise((resolve) => process.stdin.once('data', resolve));",
      '});',
      'process.exit(0);',
    ].join('\n');
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await once(other.stdout, 'data');
      const order: string[] = [];
      const mine = underLock(lock, async () => order.push('mine'));
      // Whoever ignores the lock is in by now: entering it takes no waiting.
      await Promise.resolve();
      order.push('other ends');
      other.stdin.write('go\n');
      await mine;
      expect(order).toEqual(['other ends', 'mine']);
      expect(existsSync(lock)).toBe(false);
    } finally {
      other.kill('SIGKILL');
    }
  });

  it('of a process that is gone is taken over', async () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    const lock = join(folder, '.setup-lock');
    writeFileSync(lock, String(gone));
    expect(await underLock(lock, async () => readFileSync(lock, 'utf8'))).toBe(String(process.pid));
    expect(existsSync(lock)).toBe(false);
  });

  it('goes when the work fails', async () => {
    const lock = join(folder, '.setup-lock');
    await expect(underLock(lock, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(lock)).toBe(false);
  });
});

describe('an interrupted set-up', () => {
  it.skipIf(process.platform === 'win32')('ends what it started and says so', async () => {
    const command = `"${process.execPath}" -e 'console.error(process.pid); setInterval(() => {}, 1000)' 2> pid; true`;
    const script = [
      `import { mustRun, runMain } from ${JSON.stringify(pathToFileURL(inRoot('scripts', 'progress.mjs')).href)};`,
      `await runMain(() => mustRun('x', 'sh', ['-c', ${JSON.stringify(command)}]));`,
    ].join('\n');
    const setup = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    setup.stderr.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    const grandchild = await vi.waitUntil(() => Number(existsSync(join(folder, 'pid')) && readText('pid')) || null);
    setup.kill('SIGTERM');
    const [code] = await once(setup, 'close');
    expect(code).toBe(130);
    expect(said).toContain('Interrupted.');
    await vi.waitUntil(() => !isRunning(grandchild));
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
