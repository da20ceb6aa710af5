import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from './app.ts';
import { screensFolder } from './screens.ts';

test('the palette finds a tensor, back and forward follow, a link leads back to it', async ({ page, window, app }) => {
  await window.opened();
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').getByRole('combobox').fill('experts.3.gate_proj');
  await page.screenshot({ path: join(screensFolder, 'palette.png') });
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('story')).toContainText('experts.3.gate_proj');
  await expect(window.navigation('Mapping')).toHaveAttribute('aria-current', 'page');

  await page.getByRole('button', { name: 'Copy a link to this place' }).click();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  await expect.poll(copied).toMatch(/^draftscope:\/\/mapping\?select=tensor/);
  const link = await copied();

  await page.keyboard.press('Alt+ArrowLeft');
  await expect(window.navigation('Overview')).toHaveAttribute('aria-current', 'page');
  await page.keyboard.press('Alt+ArrowRight');
  await expect(page.getByTestId('story')).toContainText('experts.3.gate_proj');

  await page.keyboard.press('Escape');
  await window.show('Draft');
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').getByRole('combobox').fill(link);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('story')).toContainText('experts.3.gate_proj');
});

test('a pasted serving command sets the ranks up and lists what it leaves out', async ({ page, window }) => {
  await window.opened();
  await page.getByLabel('or paste a serving command line').fill('vllm serve m -tp 2 --enable-expert-parallel -pp 4');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(page.getByTestId('command-answer')).toContainText('-pp 4');
  await expect(page.getByLabel('Tensor-parallel size')).toHaveValue('2');
  await window.idle();
  await page.getByTestId('command-answer').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(screensFolder, 'set-up.png') });
});

test('drafts per step that the reference refuses are a blocker until they are cleared', async ({ page, window }) => {
  await window.opened();
  const drafts = page.getByLabel('drafts per step (k)');
  const refused = page.getByText(/refuses num_speculative_tokens 3/);
  await page
    .getByLabel('or paste a serving command line')
    .fill('vllm serve m --speculative-config \'{"method":"mtp","num_speculative_tokens":3}\'');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await expect(drafts).toHaveValue('3');
  await expect(refused.first()).toBeVisible();
  await page.screenshot({ path: join(screensFolder, 'drafts-per-step.png') });
  await drafts.fill('4');
  await expect(refused).toHaveCount(0);
  await drafts.fill('3');
  await expect(refused.first()).toBeVisible();
  await drafts.fill('');
  await expect(refused).toHaveCount(0);
  await expect(drafts).toHaveAttribute('placeholder', 'as MTP layers');
});

test('the report is saved where main asks, opens without a network, and a picture is one', async ({
  page,
  window,
  app,
}) => {
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-save-'));
  const answer = (name: string) =>
    app.evaluate(
      ({ dialog }, path) => {
        Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath: path }) });
      },
      join(folder, name),
    );
  await window.opened();
  await answer('report.html');
  await page.getByRole('button', { name: 'Save report…' }).click();
  await expect(page.getByTestId('saved')).toContainText('report.html');
  const report = readFileSync(join(folder, 'report.html'), 'utf8');
  for (const section of ['findings', 'sources', 'rules', 'placement'])
    expect(report).toContain(`<section id="${section}">`);
  expect(report).not.toMatch(/<script|https?:/);

  await answer('view');
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').getByRole('combobox').fill('save a picture');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('saved')).toContainText('view.png');
  expect(readFileSync(join(folder, 'view.png')).subarray(1, 4).toString()).toBe('PNG');
  expect(readdirSync(folder).sort()).toEqual(['report.html', 'view.png']);

  await app.evaluate(({ dialog }) => {
    Object.assign(dialog, { showSaveDialog: async () => ({ canceled: true, filePath: '' }) });
  });
  await page.getByRole('button', { name: 'Save JSON…' }).click();
  await expect(page.getByTestId('saved')).toBeHidden();
  expect(readdirSync(folder)).toHaveLength(2);
});
