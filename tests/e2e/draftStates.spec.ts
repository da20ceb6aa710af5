/** What the Draft view says in every state that is not a run going well. */
import { cpSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { inRoot } from '../../scripts/project.mjs';
import { demoVariant } from '../support/demoVariant.ts';
import { zeroInDemo } from '../support/spoiltDemo.ts';
import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import type { AppWindow } from './pages/appWindow.ts';
import { DraftView } from './pages/draftView.ts';
import { screensFolder } from './screens.ts';

const demo = inRoot('assets', 'demo-model');
const prompt = firstGoldenRun(2).prompt;

/** A picture in both themes, and nothing in either that locks people out. */
async function look(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    // Without transitions: half-way between two themes no contrast is right.
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    await page.screenshot({ path: join(screensFolder, `draft-${name}-${theme}.png`), animations: 'disabled' });
    const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
    expect(
      violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id} at ${nodes.map(({ target }) => target.join(' ')).join(', ')}`),
    ).toEqual([]);
  }
}

async function openDraft(page: Page, window: AppWindow): Promise<DraftView> {
  await window.opened();
  await window.show('Draft');
  return new DraftView(page);
}

/** The tests of this group open a folder that is made for them. Only named here: other processes read this file too. */
function onFolder(name: string, make: (folder: string) => void): void {
  const folder = join(tmpdir(), `draftscope-draft-states-${process.pid}`, name);
  test.use({ folder });
  test.beforeAll(() => make(folder));
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

test('before the first run: what is there and what is missing; one press loads the weights', async ({
  page,
  window,
}) => {
  const draft = await openDraft(page, window);
  await expect(draft.point('prompt')).toContainText('tokenizer.json');
  await expect(draft.point('drafts')).toContainText('2 MTP layers');
  await expect(draft.point('memory')).toContainText(/[\d.]+ MB to run, [\d.]+ MB of it weights; [\d.]+ [GT]B free/);
  await expect(draft.point('findings')).toContainText('Nothing was found');
  await expect(draft.point('weights')).toContainText('Not in memory yet');
  await look(page, 'before');
  await draft.point('weights').getByRole('button', { name: 'Load weights' }).click();
  await expect(draft.point('weights')).toContainText('In memory: 21.54 MB');
  await window.idle();
});

test('plain decoding: k = 0 drafts nothing, and says so in place of acceptance', async ({ page, window }) => {
  const draft = await openDraft(page, window);
  await draft.fill({ prompt, numSpeculativeTokens: 0, maxTokens: 24, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  await expect(draft.tokens('plain')).toHaveCount(23);
  await expect(draft.tokens('bonus')).toHaveCount(0);
  await expect(page.getByText('Plain decoding: nothing is drafted, so there is nothing to accept.')).toBeVisible();
  await look(page, 'plain');
});

test('a page that is reloaded takes the run up again, and it can be paused, stopped and shown at its end', async ({
  page,
  window,
}) => {
  const draft = await openDraft(page, window);
  await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: 1000, pace: 'slow' });
  await draft.run.click();
  await expect(draft.stepRows.nth(2)).toBeVisible();
  await page.reload();
  await window.navigation('Draft').click();
  await expect(draft.stop).toBeVisible();
  // Nothing is missing at the beginning, and it goes on.
  await expect(page.getByTestId('token-strip').locator('[data-step="0"]')).toHaveCount(1);
  await expect(draft.stepRows.nth(4)).toBeVisible();
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(draft.resume).toBeVisible();
  await draft.stop.click();
  await expect(page.getByText(/^Stopped: /)).toBeVisible();
  await window.idle();
  await look(page, 'stopped');
  await page.reload();
  await window.navigation('Draft').click();
  await expect(page.getByText(/^Stopped: /)).toBeVisible();
});

test('the engine dies while it decodes: what came stays on screen and is called failed', async ({ page, window }) => {
  const draft = await openDraft(page, window);
  await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: 1000, pace: 'slow' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await window.killEngine();
  await expect(window.engineStopped).toBeVisible();
  await expect(page.getByText(/^Failed: \d+ tokens? after a prompt of/)).toBeVisible();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await look(page, 'engine-died');
});

test('the time bars and the replay go by keyboard', async ({ page, window }) => {
  const draft = await openDraft(page, window);
  await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: 40, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  const bars = page.getByRole('slider', { name: /^Step, with its time/ });
  await bars.focus();
  await page.keyboard.press('Home');
  await expect(page.getByTestId('step-story')).toContainText('Step 1:');
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('step-story')).toContainText('Step 2:');
  await expect(bars).toHaveAttribute('aria-valuetext', /^step 2: draft/);
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowRight');
  const last = await bars.getAttribute('aria-valuemax');
  await expect(bars).toHaveAttribute('aria-valuenow', last ?? '');
  const replay = page.getByRole('slider', { name: 'Replay: steps shown' });
  await replay.focus();
  await page.keyboard.press('Home');
  await expect(replay).toHaveAttribute('aria-valuetext', new RegExp(`^0 of ${last} steps`));
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Pause the replay' })).toBeVisible();
  await expect(replay).toHaveAttribute('aria-valuetext', new RegExp(`^${last} of ${last} steps`));
  await expect(page.getByRole('button', { name: 'Play the steps again' })).toBeVisible();
});

test('variants of the predictor: the text stays, and the run says how it was drafted', async ({ page, window }) => {
  const golden = firstGoldenRun(2);
  const draft = await openDraft(page, window);
  await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: golden.maxTokens, pace: 'full speed' });
  await page.getByTestId('variants').click();
  await page.getByRole('checkbox', { name: /^main_prenorm/ }).check();
  await look(page, 'variants');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('variants')).toContainText('main_prenorm');
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  const outputs = (await draft.shownTokens()).filter(({ verdict }) =>
    ['first', 'accepted', 'recovered', 'bonus'].includes(verdict),
  );
  expect(outputs.map(({ id }) => id)).toEqual(golden.outputIds);
});

test.describe('without a tokenizer', () => {
  onFolder('no-tokenizer', (folder) => {
    cpSync(demo, folder, { recursive: true });
    rmSync(join(folder, 'tokenizer.json'));
  });

  test('ids are typed, nonsense is refused with a sentence, and the run shows ids', async ({ page, window }) => {
    const draft = await openDraft(page, window);
    await expect(draft.point('prompt')).toContainText('Type token ids above');
    await expect(draft.run).toBeDisabled();
    await draft.ids.fill('0, 17, seven');
    await expect(page.getByText('“seven” is not a token id. Ids are whole numbers from 0 to 2,047.')).toBeVisible();
    await expect(draft.run).toBeDisabled();
    await look(page, 'no-tokenizer');
    await draft.ids.fill('0, 17, 2048');
    await expect(page.getByText(/^2048 is outside the vocabulary\./)).toBeVisible();
    await draft.ids.fill('[0, 17, 291]');
    await page.getByLabel('max tokens').fill('16');
    await draft.run.click();
    await expect(draft.tokens('first')).toContainText(/^ ?\[\d+\]$/);
    await expect(draft.run).toBeVisible();
    await window.idle();
    expect((await draft.shownTokens()).slice(0, 3)).toEqual([
      { verdict: 'prompt', id: 0 },
      { verdict: 'prompt', id: 17 },
      { verdict: 'prompt', id: 291 },
    ]);
    await look(page, 'ids');
  });
});

test.describe('without MTP layers', () => {
  onFolder('no-mtp', (folder) => {
    cpSync(
      demoVariant((name) => !/layers\.[45]\./.test(name), { num_nextn_predict_layers: 0 }),
      folder,
      {
        recursive: true,
      },
    );
  });

  test('it says why there are no drafts', async ({ page, window }) => {
    const draft = await openDraft(page, window);
    await expect(draft.point('drafts')).toContainText('num_nextn_predict_layers');
    await expect(page.getByLabel('Drafts per step (k)')).toHaveText('0');
    await look(page, 'no-mtp');
  });
});

test.describe('with an MTP layer of zeros', () => {
  onFolder('zeros', (folder) => zeroInDemo(folder, (name) => /layers\.[45]\.(eh_proj|shared_head\.head)\./.test(name)));

  test('nothing is accepted, and the finding that explains it is one press away', async ({ page, window }) => {
    const draft = new DraftView(page);
    await window.opened();
    await expect(page.getByTestId('severities')).toContainText(/silent [1-9]/);
    await window.show('Draft');
    await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: 40, pace: 'full speed' });
    await draft.run.click();
    await expect(draft.run).toBeVisible();
    await window.idle();
    const nothing = page.getByTestId('nothing-accepted');
    await expect(nothing).toContainText(/^0 of \d+ drafts accepted/);
    await look(page, 'nothing-accepted');
    await nothing.getByRole('button').first().click();
    await expect(window.navigation('Overview')).toHaveAttribute('aria-current', 'page');
    await expect(page.getByTestId('selection')).toContainText(/zero/i);
  });
});

test.describe('with a blocker', () => {
  onFolder('blocked', (folder) => {
    cpSync(demo, folder, { recursive: true });
    rmSync(join(folder, 'model-00003-of-00004.safetensors'));
  });

  test('Run is refused with its sentence, which leads to the finding', async ({ page, window }) => {
    const draft = await openDraft(page, window);
    await expect(draft.point('findings').first()).toContainText('The load would stop, so Run is refused');
    await draft.run.click();
    await expect(page.getByTestId('decode-failure')).toBeVisible();
    await window.idle();
    await look(page, 'blocked');
    await page.getByTestId('decode-failure').getByRole('button').click();
    await expect(window.navigation('Overview')).toHaveAttribute('aria-current', 'page');
  });
});
