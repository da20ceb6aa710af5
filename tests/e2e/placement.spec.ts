import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import { expect, test } from './app.ts';
import { DraftView } from './pages/draftView.ts';
import { screensFolder } from './screens.ts';

test('whether a policy is honoured, which rank needs most and what would move', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await page.getByRole('button', { name: 'round robin' }).click();
  await window.idle();
  await expect(page.getByTestId('policy-reason')).toHaveCount(0);
  await expect(page.getByTestId('policy-in-force')).toHaveText('round robin');

  await page.getByTestId('compare-with').selectOption({ label: 'linear placement' });
  await expect(page.getByTestId('moves')).toContainText(/expert moves: .* GB|MB|kB/);
  await expect(page.getByTestId('compared-grid')).toBeVisible();

  await page.getByRole('combobox', { name: 'redundant experts' }).first().selectOption('8');
  await window.idle();
  await expect(page.getByTestId('policy-in-force')).toHaveText('linear');
  await expect(page.getByTestId('policy-reason')).toContainText('redundant experts');
  await expect(page.getByTestId('most-memory-rank')).not.toHaveText('');
  await expect(page.getByTestId('mismatches')).toHaveText('8 cells');
});

test('a tensor is found by slot and expert, with its file, on another rank', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '2', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await window.show('Mapping');
  await page.locator('#view').getByRole('combobox', { name: 'rank', exact: true }).selectOption({ label: '1' });
  await page.getByRole('searchbox', { name: 'Search tensors by name' }).fill('slot:w3 expert:9');
  await window.idle();
  const row = page.getByTestId('mapping-table').getByRole('row').nth(1);
  await expect(row).toContainText('experts.9.up_proj');
  await expect(row).toContainText(/0000\d/);
  await row.click();
  await expect(page.getByTestId('story')).toContainText('Loaded into');
});

test('why a tensor is skipped on a rank, and which rank holds it', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await window.show('Mapping');
  await window.explain('.4.mlp.experts.9.up_proj');
  await expect(page.getByTestId('story')).toContainText('is not on rank 0');
  await expect(page.getByTestId('slices-sentence')).toHaveText(/^Rank [123] of 4 loads it\.$/);
  const groups = page.getByTestId('rank-slices').getByRole('button');
  await expect(groups).toHaveCount(2);
  await groups.nth(1).focus();
  await expect(page.getByTestId('slice-told')).toContainText(/^Rank [123]: all of it into \[.*slot w3\.$/);
  await page.screenshot({ path: join(screensFolder, 'mapping-slices.png') });
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('story')).toContainText('Loaded into');
});

test('the routing of the last run as heat over the experts', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await page.getByRole('button', { name: 'routing of the last run' }).click();
  await expect(page.getByTestId('heat-sentence')).toContainText('Draft view');
  await window.show('Draft');
  const draft = new DraftView(page);
  await draft.fill({ prompt: 'The', numSpeculativeTokens: 2, maxTokens: 24, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.run).toBeVisible();
  await window.show('Placement');
  const sentence = page.getByTestId('heat-sentence');
  await expect(sentence).toContainText(/[1-9][\d,]* choices .* Rank \d would get most: [\d.]+ %/);
  const all = (await sentence.textContent()) ?? '';
  await page.screenshot({ path: join(screensFolder, 'placement-heat.png') });
  await page.getByTestId('layer-strip').getByText('4', { exact: true }).click();
  await expect(sentence).not.toHaveText(all);
  await expect(sentence).toContainText('in layer 4');
  await expect(page.getByTestId('count-table').getByRole('row')).toHaveCount(17);
  await page.getByTestId('layer-strip').getByText('0', { exact: true }).click();
  await expect(page.locator('#view')).toContainText('Layer 0 is dense');
});

test('the grid is walked by keys: the owner is told, Enter selects', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await window.idle();
  const grid = page.getByTestId('placement-grid');
  await grid.focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'End']) await page.keyboard.press(key);
  await expect(page.getByTestId('grid-cursor').first()).toHaveText('expert 15: on rank 3, not on rank 2');
  await expect(grid).toHaveAttribute('aria-valuetext', 'rank 2, expert 15');
  await page.screenshot({ path: join(screensFolder, 'placement-cursor.png') });
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('expert-story')).toContainText('expert 15 → rank 3');
});

test('the slots of a parameter lead to the tensors that fill them and the ranks that hold them', async ({
  page,
  window,
}) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '2', exact: true }).click();
  await page.getByRole('button', { name: 'spread over ranks' }).click();
  await window.show('Mapping');
  await page.getByRole('button', { name: 'parameters', exact: true }).click();
  await page.getByRole('searchbox', { name: 'Search tensors by name' }).fill('w13_weight');
  await page.getByTestId('parameter-table').getByRole('row').nth(1).click();
  await expect(page.getByTestId('slot-counts')).toHaveText('16 filled16 on other ranks');
  await page.screenshot({ path: join(screensFolder, 'mapping-slots.png') });
  const grid = page.getByTestId('slot-grid');
  await grid.focus();
  for (const key of ['End', 'ArrowLeft', 'ArrowRight']) await page.keyboard.press(key);
  const told = page.getByTestId('grid-cursor').first();
  await expect(told).toContainText('is on rank 1; press to look at that rank');
  await page.keyboard.press('Enter');
  await expect(told).toContainText(/slot w1 of expert 15: .*experts\.15\.gate_proj/);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('story')).toContainText('experts.15.gate_proj');
});

test('files and rules are picked in the flow, and what is shown is saved', async ({ page, window, app }) => {
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-save-'));
  const saves = async (button: Locator, name: string) => {
    await app.evaluate(
      ({ dialog }, path) => {
        Object.assign(dialog, { showSaveDialog: async () => ({ canceled: false, filePath: path }) });
      },
      join(folder, name),
    );
    await button.click();
    await expect(page.getByTestId('saved')).toContainText(name);
    return readFileSync(join(folder, name), 'utf8');
  };
  await window.opened();
  await window.show('Mapping');
  const flow = page.getByTestId('mapping-flow');
  const [all] = (await page.getByTestId('tensor-count').innerText()).split(' ');
  await flow.getByRole('button').first().click();
  await expect(page.getByTestId('tensor-count')).not.toHaveText(new RegExp(`^${all} `));
  await flow.getByRole('button', { name: '‹ all' }).click();
  await expect(page.getByTestId('tensor-count')).toHaveText(new RegExp(`^${all} `));
  await flow.getByRole('button', { name: /^\d+ direct/ }).click();
  const [shown] = (await page.getByTestId('tensor-count').innerText()).split(' ');
  const view = page.locator('#view');
  const csv = await saves(view.getByRole('button', { name: 'CSV…' }), 'rows.csv');
  expect(csv.trimEnd().split('\r\n')).toHaveLength(Number(shown) + 1);
  const json = JSON.parse(await saves(view.getByRole('button', { name: 'JSON…' }), 'rows.json'));
  expect(json.filter).toEqual({ rule: 'direct' });
  expect(json.tensors).toHaveLength(Number(shown));
  expect(await saves(view.getByRole('button', { name: 'SVG…' }), 'flow.svg')).toContain('<path ');

  await window.show('Placement');
  const grid = page.getByRole('region', { name: 'Experts of every MoE layer, by rank' });
  expect(await saves(grid.getByRole('button', { name: 'SVG…' }), 'grid.svg')).toContain('rank 0');
  expect(await saves(grid.getByRole('button', { name: 'CSV…' }), 'experts.csv')).toContain('\r\n0,0,0,expert,0,0,0');
  const memory = page.getByRole('region', { name: /^Memory per rank/ });
  expect(await saves(memory.getByRole('button', { name: 'CSV…' }), 'memory.csv')).toMatch(/^rank,experts,/);
});

test('redundant experts spread the experts, which copies need', async ({ page, window }) => {
  await window.opened();
  await window.show('Placement');
  await page.getByRole('button', { name: '4', exact: true }).click();
  await page.getByRole('combobox', { name: 'redundant experts' }).first().selectOption('8');
  await window.idle();
  await expect(page.getByRole('button', { name: 'spread over ranks' })).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByTestId('mismatches')).toHaveText('8 cells');
});
