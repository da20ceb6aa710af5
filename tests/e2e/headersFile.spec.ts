import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeHeadersFile } from '../../electron/engine/checkpoint/headersFile.ts';
import { openCheckpoint } from '../../electron/engine/checkpoint/openCheckpoint.ts';
import { inRoot } from '../../scripts/project.mjs';
import { expect, test } from './app.ts';
import { screensFolder } from './screens.ts';

test.describe('a headers file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-headers-'));
  const file = join(folder, 'demo.headers');
  test.use({ folder: file });
  test.beforeAll(async () => {
    await writeHeadersFile(await openCheckpoint(inRoot('assets', 'demo-model')), file);
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is planned as its checkpoint is, and its weights are refused with a sentence', async ({ page, window }) => {
    await window.opened();
    await expect(window.verdict).toContainText(/\w+.*\./);
    await window.show('Mapping');
    await window.explain('eh_proj');
    await window.show('Load');
    await page.getByRole('button', { name: 'Load weights' }).click();
    const failure = page.getByTestId('load-failure');
    await expect(failure).toBeVisible();
    await expect(failure).toContainText('headers');
    await window.idle();
    await page.screenshot({ path: join(screensFolder, 'load-headers-file.png') });
  });
});
