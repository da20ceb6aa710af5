import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import { type Theme, viewNames } from './pages/appWindow.ts';
import { graveViolations } from './pages/axe.ts';
import { DraftView } from './pages/draftView.ts';
import { LoadView } from './pages/loadView.ts';
import { layoutShifts, unseenText } from './pages/seen.ts';
import { screensFolder } from './screens.ts';

const themes: readonly Theme[] = ['light', 'dark'];
const sizes = [
  [1024, 700],
  [1440, 900],
  [3840, 2160],
] as const;

test('every view in both themes and three sizes: a picture, no text cut off, nothing that locks people out', async ({
  page,
  window,
}) => {
  test.setTimeout(300_000);
  const golden = firstGoldenRun(2);
  const draft = new DraftView(page);
  const load = new LoadView(page);
  mkdirSync(screensFolder, { recursive: true });
  await window.opened();
  await window.show('Load');
  await load.start.click();
  await expect(load.report).toBeVisible();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 2, maxTokens: golden.maxTokens, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.run).toBeVisible();
  await window.show('Mapping');
  await window.explain('experts.3.gate_proj');
  await page.getByRole('button', { name: 'Clear', exact: true }).click();

  const faults: string[] = [];
  for (const theme of themes) {
    await window.setTheme(theme);
    for (const view of viewNames) {
      await window.show(view);
      for (const [width, height] of sizes) {
        await window.resize(width, height);
        const name = `${view.toLowerCase()}-${theme}-${width}`;
        await page.screenshot({ path: join(screensFolder, `${name}.png`) });
        faults.push(...(await unseenText(page, name)));
      }
      faults.push(...(await graveViolations(page, `${view}, ${theme}`)));
    }
  }
  expect(faults).toEqual([]);
});

test('nothing on the page jumps while a checkpoint opens and its weights load', async ({ page, window }) => {
  const load = new LoadView(page);
  await window.opened();
  await expect(page.getByText('Values were sampled')).toBeVisible();
  // Findings about values come later and stand last: verdict and findings keep their place, what lies below makes room.
  const jumped = await layoutShifts(page);
  expect(jumped.filter(({ nodes }) => nodes.some((node) => /verdict|finding/.test(node)))).toEqual([]);
  expect(jumped.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(0.1);
  await window.show('Load');
  await load.start.click();
  await expect(load.report).toBeVisible();
  await window.idle();
  await expect(load.ceiling).toContainText('Plain reads:');
  // The facts in the status bar stand at its right end: they grow to the left.
  const later = (await layoutShifts(page)).slice(jumped.length);
  const moved = later.filter(({ nodes }) => nodes.some((node) => !node.includes('statusFacts')));
  expect(
    moved.reduce((sum, { value }) => sum + value, 0),
    JSON.stringify(moved),
  ).toBeLessThan(0.01);
});

test('whoever wants no motion gets none', async ({ page, window }) => {
  await window.opened();
  const moving = () =>
    page.evaluate(
      () =>
        [...document.querySelectorAll('*')].filter((element) => {
          const { transitionDuration, animationName } = getComputedStyle(element);
          return animationName !== 'none' || transitionDuration.split(', ').some((time) => time !== '0s');
        }).length,
    );
  expect(await moving()).toBeGreaterThan(0);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const view of viewNames) {
    await window.show(view);
    expect(await moving()).toBe(0);
  }
});

test.describe('states', () => {
  const empty = mkdtempSync(join(tmpdir(), 'draftscope-empty-'));
  test.use({ folder: empty });
  test.afterAll(() => rmSync(empty, { recursive: true, force: true }));

  test('that are not a view: nothing locks people out', async ({ page, window }) => {
    const faults: string[] = [];
    for (const theme of themes) {
      await window.setTheme(theme);
      await expect(window.failure).toBeVisible();
      const look = async (name: string) => {
        await page.screenshot({ path: join(screensFolder, `state-${name}-${theme}.png`) });
        faults.push(...(await graveViolations(page, `${name}, ${theme}`)));
      };
      await look('failed');
      await page.keyboard.press('?');
      await expect(page.getByTestId('keys')).toBeVisible();
      await look('keys');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
      await expect(page.getByTestId('palette')).toBeVisible();
      await look('palette');
      await page.keyboard.press('Escape');
    }
    await window.killEngine();
    await expect(window.engineStopped).toBeVisible();
    faults.push(...(await graveViolations(page, 'engine stopped')));
    expect(faults).toEqual([]);
  });
});
