import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import { type Theme, viewNames } from './pages/appWindow.ts';
import { DraftView } from './pages/draftView.ts';
import { screensFolder } from './screens.ts';

const themes: readonly Theme[] = ['light', 'dark'];
const graveImpacts = new Set(['serious', 'critical']);

test('every view in both themes: a picture, and nothing that locks people out', async ({ page, window }) => {
  const golden = firstGoldenRun(2);
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Load');
  await page.getByRole('button', { name: 'Load weights' }).click();
  await expect(page.getByTestId('load-report')).toBeVisible();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 2, maxTokens: golden.maxTokens, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.run).toBeVisible();
  await window.show('Mapping');
  await window.explain('experts.3.gate_proj');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();

  const grave: string[] = [];
  for (const theme of themes) {
    await window.setTheme(theme);
    for (const view of viewNames) {
      await window.show(view);
      await page.screenshot({ path: join(screensFolder, `${view.toLowerCase()}-${theme}.png`) });
      // Electron has no second page for axe to work in.
      const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
      for (const { id, impact, nodes } of violations) {
        if (!graveImpacts.has(impact ?? '')) continue;
        grave.push(`${view}, ${theme}: ${id} (${impact}) at ${nodes.map((node) => node.target.join(' ')).join(', ')}`);
      }
    }
  }
  expect(grave).toEqual([]);
});
