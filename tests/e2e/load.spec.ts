import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSparseCheckpoint } from '../../bench/checkpoints/sparseCheckpoint.ts';
import { configOf, deepseekV3, tensorsOf } from '../../bench/checkpoints/tensorList.ts';
import { expect, test } from './app.ts';
import { LoadView } from './pages/loadView.ts';
import { screensFolder } from './screens.ts';

/** A checkpoint of 1.3 GB, most of it vocabulary: enough for a second of reading by one thread. */
const small = {
  hidden_size: 1024,
  num_hidden_layers: 2,
  num_attention_heads: 8,
  q_lora_rank: 256,
  kv_lora_rank: 256,
  intermediate_size: 1024,
  moe_intermediate_size: 256,
  n_routed_experts: 8,
  first_k_dense_replace: 1,
  vocab_size: 160_000,
};

test('reads are looked at closely: wheel, keys, buttons, dragging, and a double click for all', async ({
  page,
  window,
}) => {
  const load = new LoadView(page);
  await window.opened();
  await window.show('Load');
  await load.start.click();
  await expect(load.report).toBeVisible();
  await window.idle();
  await expect(load.ceiling).toContainText(
    /Plain reads: [\d.]+ [MG]B\/s, the first [\d.]+ MB .* \d readers?, after the load/,
  );

  const whole = await load.range.textContent();
  await load.lanes.scrollIntoViewIfNeeded();
  await load.lanes.hover({ position: { x: 200, y: 30 } });
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await expect(load.range).not.toHaveText(whole ?? '');
  const near = await load.range.textContent();
  await page.mouse.down();
  await page.mouse.move(60, 0);
  await page.mouse.up();
  await expect(load.range).not.toHaveText(near ?? '');
  await load.track.dblclick();
  await expect(load.range).toHaveText(whole ?? '');

  await load.lanes.focus();
  await page.keyboard.press('+');
  await page.keyboard.press('ArrowRight');
  await expect(load.range).not.toHaveText(whole ?? '');
  // A key that is meant for the lanes is no view.
  await expect(window.navigation('Load')).toHaveAttribute('aria-current', 'page');
  await page.keyboard.press('0');
  await expect(load.range).toHaveText(whole ?? '');
  await page.getByRole('button', { name: 'Zoom in (+)' }).click();
  await page.screenshot({ path: join(screensFolder, 'load-zoomed.png') });
  await page.getByRole('button', { name: /^Show all/ }).click();
  await expect(load.range).toHaveText(whole ?? '');

  await page.getByRole('button', { name: 'by thread' }).click();
  await expect(load.lanes.getByText('thread 0')).toBeVisible();
  await load.track.hover({ position: { x: 3, y: 9 } });
  await expect(load.told).toContainText(/\.safetensors · thread 0 · .* · /);
});

test('a load is saved as JSON, CSV and SVG, and is part of the report', async ({ page, window, saveAs }) => {
  const load = new LoadView(page);
  await window.opened();
  await window.show('Load');
  await load.start.click();
  await expect(load.report).toBeVisible();
  await window.idle();

  const json = JSON.parse(await saveAs('load.json', () => load.save('Save load…')));
  expect(json).toMatchObject({ status: 'done', checkpoint: { name: 'demo-model' } });
  expect(json.files.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0)).toBe(json.bytesRead);
  expect(json.plainReads.bytesPerSecond).toBeGreaterThan(0);
  const csv = await saveAs('reads.csv', () => load.save('CSV…'));
  expect(csv.split('\r\n')[0]).toBe('file,thread,begin micros,end micros,bytes');
  expect(await saveAs('lanes.svg', () => load.save('SVG…'))).toMatch(/^<svg xmlns=/);

  await window.show('Overview');
  const report = await saveAs('report.html', () => page.getByRole('button', { name: 'Save report…' }).click());
  expect(report).toContain('<section id="load">');
  expect(report).toContain('plain reads');
  expect(report).not.toMatch(/<script|https?:/);
});

test('another rank is loaded in one press', async ({ page, window }) => {
  const load = new LoadView(page);
  await window.opened();
  await page.getByLabel('or paste a serving command line').fill('vllm serve m -tp 2');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await window.idle();
  await window.show('Load');
  await load.start.click();
  await expect(load.report).toContainText('rank 0 of 2');
  await window.idle();
  await page.getByRole('button', { name: 'Load rank 1' }).click();
  await expect(load.report).toContainText('rank 1 of 2');
  await window.idle();
  await expect(page.getByRole('button', { name: 'Load rank 0' })).toBeVisible();
});

test.describe('a load that lasts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'draftscope-long-'));
  test.use({ folder });
  test.beforeAll(() => {
    const sizes = { ...deepseekV3, ...small };
    writeSparseCheckpoint(folder, configOf(sizes), tensorsOf(sizes), 4);
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is held and stands still, is cancelled; held again, it goes on to the end', async ({ page, window }) => {
    const load = new LoadView(page);
    await window.opened();
    await window.show('Load');
    await page.getByLabel('reader threads').selectOption('1');
    await load.start.click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible();
    // A read that had begun may end; after that nothing moves.
    await page.waitForTimeout(300);
    const held = await load.percent.textContent();
    expect(held).not.toBe('100.0 %');
    await page.screenshot({ path: join(screensFolder, 'load-paused.png') });
    await page.waitForTimeout(400);
    await expect(load.percent).toHaveText(held ?? '');

    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect(load.report.getByRole('heading', { name: 'Cancelled' })).toBeVisible();
    await window.idle();
    await page.screenshot({ path: join(screensFolder, 'load-cancelled.png') });

    await load.start.click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect(page.getByRole('heading', { name: 'Paused' })).toBeVisible();
    await page.getByRole('button', { name: 'Go on' }).click();
    await expect(load.report.getByRole('heading', { name: 'Loaded' })).toBeVisible();
    await expect(load.percent).toHaveText('100.0 %');
    await expect(load.report).toContainText('time without pauses');
    await window.idle();
    await page.screenshot({ path: join(screensFolder, 'load-long.png') });
  });
});
