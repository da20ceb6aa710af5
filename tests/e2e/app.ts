/** The real Electron with the built app, fresh user data for each test. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base, type ElectronApplication, _electron as electron, expect, type Page } from '@playwright/test';
import type { RecentCheckpoint } from '../../electron/common/contract.ts';
import { findElectron } from '../../scripts/ensureElectron.mjs';
import { root, sandboxArguments } from '../../scripts/project.mjs';
import { AppWindow } from './pages/appWindow.ts';

interface AppFixtures {
  /** Folder given on the command line; null opens the demo checkpoint. */
  folder: string | null;
  /** What follows the folder on the command line. */
  options: readonly string[];
  /** What the app has kept from before. */
  kept: { readonly recent: readonly RecentCheckpoint[] };
  /** Environment variables of the app beside those of the test. */
  environment: Readonly<Record<string, string>>;
  app: ElectronApplication;
  page: Page;
  window: AppWindow;
  /** Answers the dialog that saving opens with a file of this name, and gives what was written. */
  saveAs: (name: string, save: () => Promise<void>) => Promise<string>;
}

export const test = base.extend<AppFixtures>({
  folder: [null, { option: true }],
  options: [[], { option: true }],
  kept: [{ recent: [] }, { option: true }],
  environment: [{}, { option: true }],

  app: async ({ folder, options, kept, environment: added }, use) => {
    const found = findElectron();
    if (found === null) throw new Error('Electron is missing. Run: node scripts/setup.mjs electron');
    const userData = mkdtempSync(join(tmpdir(), 'draftscope-user-'));
    if (kept.recent.length > 0) writeFileSync(join(userData, 'recent.json'), JSON.stringify(kept.recent));
    const { ELECTRON_RUN_AS_NODE: _unset, ...environment } = process.env;
    const env = Object.fromEntries(
      Object.entries({ ...environment, DRAFTSCOPE_TEST_USER_DATA: userData, ...added }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    const app = await electron.launch({
      executablePath: found.executable,
      args: [...sandboxArguments, root, ...(folder === null ? [] : [folder]), ...options],
      env,
    });
    await use(app);
    await app.close();
    rmSync(userData, { recursive: true, force: true });
  },

  page: async ({ app }, use) => {
    await use(await app.firstWindow());
  },

  window: async ({ page, app }, use) => {
    await use(new AppWindow(page, app));
  },

  saveAs: async ({ app, page }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'draftscope-save-'));
    await use(async (name, save) => {
      const path = join(folder, name);
      await app.evaluate(({ dialog }, filePath) => {
        Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath }) });
      }, path);
      await save();
      await expect(page.getByTestId('saved')).toContainText(name);
      return readFileSync(path, 'utf8');
    });
    rmSync(folder, { recursive: true, force: true });
  },
});

export { expect } from '@playwright/test';
