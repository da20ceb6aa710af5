/** Packages the app as a user would and asks the result itself; no Playwright, which needs what the fuses close. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findElectron } from '../../scripts/ensureElectron.mjs';
import { packagedApp } from '../../scripts/packagePaths.mjs';
import { hasDisplay, inRoot, readJsonIfAny, root, sandboxArguments } from '../../scripts/project.mjs';
import { startXvfb } from '../../scripts/xvfb.mjs';

const selfTestMillis = 120_000;
const packaged = packagedApp();

beforeAll(() => {
  rmSync(packaged.folder, { recursive: true, force: true });
  const result = spawnSync(process.execPath, [inRoot('scripts', 'package.mjs')], { cwd: root, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`npm run package failed:\n${result.stderr}`);
});

describe('the package', () => {
  it('has closed every fuse that development needs open', async () => {
    const wire = await getCurrentFuseWire(packaged.executable);
    const off = (option: FuseV1Options) => expect(wire[option], FuseV1Options[option]).toBe(FuseState.DISABLE);
    const on = (option: FuseV1Options) => expect(wire[option], FuseV1Options[option]).toBe(FuseState.ENABLE);
    off(FuseV1Options.RunAsNode);
    off(FuseV1Options.EnableNodeOptionsEnvironmentVariable);
    off(FuseV1Options.EnableNodeCliInspectArguments);
    off(FuseV1Options.GrantFileProtocolExtraPrivileges);
    on(FuseV1Options.OnlyLoadAppFromAsar);
    on(FuseV1Options.EnableCookieEncryption);
  });

  it('cannot be used as a plain Node', () => {
    const script = 'console.log("ran as " + "node")';
    // Without a display the app itself ends at once.
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1', DISPLAY: '', WAYLAND_DISPLAY: '' };
    const run = (executable: string) =>
      spawnSync(executable, ['-e', script], { env, encoding: 'utf8', timeout: 20_000 }).stdout;
    expect(run(findElectron()?.executable ?? '')).toContain('ran as node');
    expect(run(packaged.executable)).not.toContain('ran as node');
  });

  it('carries the native libraries, the demo checkpoint and the licence, and no sample app', () => {
    const present = (path: string) => existsSync(join(packaged.resources, path));
    expect(readdirSync(join(packaged.resources, 'native'))).toContain('draftscope.node');
    expect(readdirSync(join(packaged.resources, 'native')).some((name) => name.includes('draftscope_cpu'))).toBe(true);
    for (const path of ['app.asar', 'LICENSE', 'demo-model/config.json', 'demo-model/PROVENANCE.md']) {
      expect(present(path), path).toBe(true);
    }
    expect(present('default_app.asar')).toBe(false);
  });

  it('carries the licences of what is bundled in', () => {
    const text = (file: string) => readFileSync(join(packaged.resources, 'licenses', file), 'utf8');
    for (const name of ['react', 'recharts', 'zustand', 'zod', 'lucide-react']) {
      expect(text('page.md')).toContain(`## ${name} - `);
    }
    expect(text('engine.md')).toContain('## @huggingface/tokenizers - ');
    expect(text('jetbrains-mono.txt')).toContain('SIL Open Font License');
    expect(text('node-addon-api.md')).toContain('MIT');
  });

  it('states the Electron version and where its binary came from', () => {
    const electron = findElectron();
    expect(readJsonIfAny(join(packaged.resources, 'build-info.json'))).toMatchObject({
      electronVersion: electron?.version,
      electronBinary: electron?.source,
    });
  });

  describe('--self-test', () => {
    let work = '';
    let xvfb: Awaited<ReturnType<typeof startXvfb>> | null = null;
    beforeAll(async () => {
      work = mkdtempSync(join(tmpdir(), 'draftscope-package-'));
      if (!hasDisplay()) xvfb = await startXvfb();
    });
    afterAll(async () => {
      await xvfb?.stop();
      rmSync(work, { recursive: true, force: true });
    });

    it('opens the demo checkpoint and decodes what golden.json says', async () => {
      const out = join(work, 'self-test.json');
      const { code, errors } = await runPackaged(
        [`--self-test=${out}`, `--user-data-dir=${join(work, 'user')}`],
        xvfb?.display,
      );
      const report = readJsonIfAny(out);
      const golden = readJsonIfAny(inRoot('assets', 'demo-model', 'golden.json'));
      expect(report, errors).toMatchObject({ ok: true, packaged: true, matchesGolden: true });
      expect(report.outputIds).toEqual(golden.items[0].greedy_ids);
      expect(report.electron).toBe(findElectron()?.version);
      expect(code).toBe(0);
    });
  });
});

function runPackaged(args: readonly string[], display?: string): Promise<{ code: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(packaged.executable, [...sandboxArguments, ...args], {
      env: display === undefined ? process.env : { ...process.env, DISPLAY: display },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), selfTestMillis);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, errors });
    });
  });
}
