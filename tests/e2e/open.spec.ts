import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './app.ts';
import { viewNames } from './pages/appWindow.ts';

test('the demo checkpoint opens by itself and its weights load', async ({ page, window }) => {
  await window.opened();
  await expect(window.verdict).toContainText(/\w+.*\./);

  await window.show('Mapping');
  await expect(page.getByTestId('mapping-table')).toBeVisible();
  await window.explain('eh_proj');

  await window.show('Load');
  await page.getByRole('button', { name: 'Load weights' }).click();
  await expect(page.getByTestId('load-report')).toBeVisible();
  await expect(page.getByTestId('load-percent')).toHaveText(/^100(\.0+)?\s*%$/);
  await expect(page.getByTestId('load-failure')).toHaveCount(0);

  await window.show('Placement');
  await expect(page.getByTestId('placement-grid')).toBeVisible();
});

test('the keys 1 to 5 choose the views', async ({ page, window }) => {
  await window.opened();
  for (const [index, view] of [...viewNames.entries()].reverse()) {
    await page.keyboard.press(String(index + 1));
    await expect(window.navigation(view)).toHaveAttribute('aria-current', 'page');
    await window.idle();
  }
});

test.describe('a folder that is no checkpoint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-empty-'));
  test.use({ folder });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is told in a sentence with a hint, and the demo still opens', async ({ page, window }) => {
    await expect(window.failure).toBeVisible();
    await expect(window.failure).toHaveRole('alert');
    await expect(window.failure).toContainText('config.json');
    await expect(window.failure).toContainText(folder);
    await window.idle();
    await expect(page.getByRole('button', { name: /^Back to/ })).toHaveCount(0);
    await page.getByRole('button', { name: 'Open demo' }).click();
    await window.opened();
  });

  test('leaves what was open as it was, one press away', async ({ page, window }) => {
    await page.getByRole('button', { name: 'Open demo' }).click();
    await window.opened();
    await page.getByLabel('or paste a serving command line').fill('vllm serve m -tp 2 -ep');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await window.idle();
    const sentence = await window.verdict.textContent();
    await window.drop(folder);
    await expect(window.failure).toContainText(folder);
    await page.getByRole('button', { name: 'Back to demo-model' }).click();
    await window.opened();
    await expect(window.verdict).toHaveText(sentence ?? '');
    await expect(window.failure).toHaveCount(0);
    await window.show('Mapping');
    await expect(page.getByLabel(/^Rank that is looked at/)).toHaveCount(1);
  });
});
