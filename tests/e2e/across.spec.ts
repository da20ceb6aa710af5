import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inRoot } from '../../scripts/project.mjs';
import { expect, test } from './app.ts';
import { LoadView } from './pages/loadView.ts';
import { screensFolder } from './screens.ts';

const demo = inRoot('assets', 'demo-model');
const empty = mkdtempSync(join(tmpdir(), 'draftscope-empty-'));
test.afterAll(() => rmSync(empty, { recursive: true, force: true }));

test('the question mark lists every key, and Escape puts the list away', async ({ page, window }) => {
  await window.opened();
  await page.keyboard.press('?');
  const keys = page.getByTestId('keys');
  await expect(keys).toBeVisible();
  for (const line of ['command palette', 'copy what is selected', 'zoom the reads', 'run the prompt'])
    await expect(keys).toContainText(line);
  await page.screenshot({ path: join(screensFolder, 'keys.png') });
  // Keys that are meant for the window do nothing behind it.
  await page.keyboard.press('3');
  await expect(window.navigation('Overview')).toHaveAttribute('aria-current', 'page');
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await page.keyboard.press('3');
  await expect(window.navigation('Load')).toHaveAttribute('aria-current', 'page');
});

test('what is selected is copied as text by key: a tensor by name, a finding as a whole', async ({
  page,
  window,
  app,
}) => {
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await window.opened();
  await window.show('Mapping');
  await window.explain('layers.4.eh_proj');
  await page.getByTestId('mapping-table').focus();
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(copied).toBe('model.layers.4.eh_proj.weight');
  await window.show('Overview');
  await page.getByText('The reference runs only the first').click();
  await expect(page.getByTestId('finding-story')).toBeVisible();
  await page.keyboard.press('Control+Shift+C');
  await expect.poll(copied).toMatch(/^note \(idleLaterMtpLayers\): The reference runs only the first[^\n]*\n/);
  await page.keyboard.press('Control+b');
  await expect(page.getByTestId('selection')).toHaveCount(0);
});

test('the side buttons of a mouse go back and forward, to the same scroll and filter', async ({ page, window }) => {
  await window.opened();
  const overview = '.overview';
  await page.locator(overview).evaluate((element) => element.scrollTo(0, 300));
  await window.show('Mapping');
  await page.getByRole('searchbox', { name: 'Search tensors by name' }).fill('experts');
  const table = page.getByTestId('mapping-table');
  await expect(table).toContainText('experts');
  await table.evaluate((element) => element.scrollTo(0, 520));
  await window.show('Placement');
  await window.sideButton('back');
  await expect(window.navigation('Mapping')).toHaveAttribute('aria-current', 'page');
  await expect(page.getByRole('searchbox', { name: 'Search tensors by name' })).toHaveValue('experts');
  await expect.poll(() => table.evaluate(({ scrollTop }) => scrollTop)).toBe(520);
  await window.sideButton('back');
  await expect(window.navigation('Overview')).toHaveAttribute('aria-current', 'page');
  await expect.poll(() => window.scrollTop(overview)).toBe(300);
  await window.sideButton('forward');
  await expect(window.navigation('Mapping')).toHaveAttribute('aria-current', 'page');
});

test.describe('a link on the command line', () => {
  test.use({ options: ['--link', 'draftscope://placement?tensor-parallel-size=2&select=rank:1'] });

  test('leads to its place once the checkpoint is open', async ({ page, window }) => {
    await expect(window.navigation('Placement')).toHaveAttribute('aria-current', 'page');
    await expect(page.getByTestId('selection')).toContainText('rank 1');
    await window.idle();
  });
});

test.describe('a dropped folder', () => {
  test.use({ folder: empty });

  test('is opened, and a file of a checkpoint opens its folder', async ({ page, window }) => {
    await expect(window.failure).toBeVisible();
    await window.drop(demo, async () => {
      await expect(page.getByText('Drop a checkpoint folder to open it')).toBeVisible();
    });
    await window.opened();
    await expect(page.getByText('Drop a checkpoint folder to open it')).toHaveCount(0);
    await window.drop(empty);
    await expect(window.failure).toBeVisible();
    await window.drop(join(demo, 'model.safetensors.index.json'));
    await window.opened();
  });
});

test.describe('recent checkpoints', () => {
  const gone = join(empty, 'moved-away');
  test.use({
    folder: empty,
    kept: {
      recent: [
        { name: 'moved-away', folder: gone },
        { name: 'demo-model', folder: demo },
      ],
    },
  });

  test('say which are gone, fail with a sentence, can be forgotten, and open by name', async ({ page, window }) => {
    await expect(window.failure).toBeVisible();
    const row = page.getByRole('listitem').filter({ hasText: 'moved-away' });
    await expect(row).toContainText('not there now');
    await page.screenshot({ path: join(screensFolder, 'start-failed.png') });
    await row.getByRole('button', { name: /moved-away.*not there now/ }).click();
    await expect(window.failure).toContainText(gone);
    await row.getByRole('button', { name: 'Forget moved-away' }).click();
    await expect(row).toHaveCount(0);
    await page.getByRole('button', { name: /^demo-model/ }).click();
    await window.opened();
  });
});

test.describe('a file as the argument', () => {
  test.use({ folder: join(demo, 'config.json') });

  test('opens the folder it lies in', async ({ window, page }) => {
    await window.opened();
    await expect(page.getByRole('banner')).toContainText('demo-model');
  });
});

test('the palette answers in the words of the loader, and saves what the view shows', async ({
  page,
  window,
  saveAs,
}) => {
  const ask = async (words: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await window.idle();
  };
  await window.opened();
  await ask('ep 2 round robin');
  await expect(window.navigation('Placement')).toHaveAttribute('aria-current', 'page');
  await expect(page.getByTestId('policy-in-force')).toHaveText('round robin');
  expect(await saveAs('grid.svg', () => ask('grid of experts drawing'))).toContain('rank 1');
  await ask('layer 4 expert 3 w3 rank 1');
  await expect(window.navigation('Mapping')).toHaveAttribute('aria-current', 'page');
  await expect(page.getByTestId('story')).toContainText('model.layers.4.mlp.experts.3.up_proj.weight');
  await expect(page.getByTestId('story')).toContainText('.safetensors, ');
  await expect(page.getByTestId('story')).toContainText('w3 (up) of expert 3');
  expect(await saveAs('flow.svg', () => ask('flow of files drawing'))).toContain('drafter parameters');
});

test('everything is reached by keys alone: open a finding, its evidence, load, and save', async ({
  page,
  window,
  saveAs,
}) => {
  const load = new LoadView(page);
  const palette = async (words: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  };
  await window.opened();
  await palette('runs only the first');
  await expect(page.getByTestId('finding-story')).toBeVisible();
  await palette('Load the weights');
  await expect(load.report).toBeVisible();
  await window.idle();
  expect(JSON.parse(await saveAs('load.json', () => palette('Save the load as JSON')))).toMatchObject({
    status: 'done',
  });
  expect(await saveAs('report.html', () => page.keyboard.press('Control+Shift+S'))).toContain('<section id="load">');
});
