/** The device panel, with the host emulation of CUDA as a second, small device. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonWithEmulation, emulationReason, emulationVariables } from '../native/emulation.ts';
import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import { DraftView } from './pages/draftView.ts';
import { screensFolder } from './screens.ts';

const addons = mkdtempSync(join(tmpdir(), 'draftscope-addon-'));
const addon = emulationReason === '' ? addonWithEmulation(addons) : '';

/** Staging of the readers, and room for one rank of two, not for the whole model. */
const memory = Math.min(availableParallelism(), 16) * 2 * 8 * 2 ** 20 + 16e6;

test.skip(emulationReason !== '', emulationReason);
test.use({
  environment: { DRAFTSCOPE_ADDON: addon, [emulationVariables.memory]: String(memory) },
});
test.afterAll(() => rmSync(addons, { recursive: true, force: true }));

test('the chosen device loads and decodes; what does not fit is refused and a set-up that fits is one press away', async ({
  page,
  window,
}) => {
  const golden = firstGoldenRun(2);
  const draft = new DraftView(page);
  const panel = page.getByTestId('device-panel');
  await window.opened();
  await expect(panel.locator('[data-device="cuda:0"]')).toContainText('kernels, driver CUDA');
  await expect(panel.locator('[data-need="rank 0"]')).toContainText('fits');
  await expect(page.getByTestId('backend')).toContainText('CPU');

  const sharing = panel.getByRole('checkbox', { name: "MTP layers use the target's embedding and head" });
  const whole = panel.locator('[data-need="rank 0"]');
  await expect(whole).toContainText('21.54 MB');
  await sharing.check();
  await expect(whole).toContainText('17.35 MB');
  await page.screenshot({ path: join(screensFolder, 'device-shared-tables.png') });
  await sharing.uncheck();
  await expect(whole).toContainText('21.54 MB');

  await panel.getByRole('button', { name: 'cuda:0' }).click();
  await window.idle();
  await expect(page.getByTestId('backend')).toContainText('CUDA');
  await expect(panel.locator('[data-need="rank 0"]')).toContainText('too large');
  for (const theme of ['light', 'dark'] as const) {
    await window.setTheme(theme);
    await panel.scrollIntoViewIfNeeded();
    await page.screenshot({ path: join(screensFolder, `device-too-large-${theme}.png`) });
  }
  await window.show('Load');
  await page.getByRole('button', { name: 'Load weights' }).click();
  await expect(page.getByTestId('load-failure')).toContainText('Rank 0 of 1 needs 21.54 MB of memory');
  await expect(page.getByTestId('load-failure')).toContainText('one of 2 ranks');

  await window.show('Overview');
  await page
    .getByTestId('would-fit')
    .getByRole('button', { name: /^Set up \d+ ranks?$/ })
    .click();
  await window.idle();
  await expect(panel.locator('[data-testid="need"]').first()).toContainText('fits');
  await window.show('Load');
  await page.getByRole('button', { name: 'Load weights' }).click();
  await expect(page.getByTestId('load-report')).toBeVisible();
  await expect(page.getByText(/thread.*, CUDA/).first()).toBeVisible();

  await window.show('Overview');
  await panel.getByRole('button', { name: 'cpu', exact: true }).click();
  await window.idle();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 2, maxTokens: 12, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.run).toBeVisible();
  await window.show('Load');
  await expect(page.getByText(/thread.*, CPU/).first()).toBeVisible();
});

test('values that were counted while loading are in the pane of a tensor', async ({ page, window }) => {
  await window.opened();
  await window.show('Mapping');
  await window.explain('layers.4.mlp.gate.weight');
  await expect(page.getByTestId('counted-values')).toHaveCount(0);
  await window.show('Load');
  await page.getByRole('checkbox', { name: 'count values' }).check();
  await page.getByRole('button', { name: 'Load weights' }).click();
  await expect(page.getByTestId('load-report')).toBeVisible();
  await expect(page.getByTestId('counted-values')).toContainText('0 NaN');
});
