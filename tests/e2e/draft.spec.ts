import { spawnSync } from 'node:child_process';
import { inRoot } from '../../scripts/project.mjs';
import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import { DraftView } from './pages/draftView.ts';

const outputVerdicts = new Set(['first', 'accepted', 'recovered', 'bonus']);

test('a prompt is decoded live, and the counters are those of the recorded run', async ({ page, window }) => {
  const golden = firstGoldenRun(2);
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 2, maxTokens: golden.maxTokens, pace: 'slow' });
  await draft.run.click();

  // While it runs: tokens are there, and there is still something to stop.
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.stop).toBeVisible();

  await expect(draft.run).toBeVisible({ timeout: 60_000 });
  await window.idle();
  const tokens = await draft.shownTokens();
  const outputs = tokens.filter((token) => outputVerdicts.has(token.verdict)).map((token) => token.id);
  expect(outputs).toEqual(golden.outputIds);

  const { num_steps, drafted, accepted } = golden.counters;
  expect(tokens.filter((token) => token.verdict === 'rejected').length).toBeLessThanOrEqual(drafted - accepted);
  await expect(draft.meanLength).toHaveText((1 + accepted / num_steps).toFixed(2));
  await expect(draft.acceptanceRate).toContainText(((100 * accepted) / drafted).toFixed(1));
  await expect(draft.byPosition).toBeVisible();
  await expect(draft.lengthChart).toBeVisible();
});

test('a run can be stopped', async ({ page, window }) => {
  const golden = firstGoldenRun(2);
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 1, maxTokens: 10_000, pace: 'slow' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await draft.stop.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  const outputs = (await draft.shownTokens()).filter((token) => outputVerdicts.has(token.verdict));
  expect(outputs.length).toBeGreaterThan(0);
  expect(outputs.length).toBeLessThan(10_000);
});

test('a run is stepped, given another k, paused and resumed', async ({ page, window }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({
    prompt: firstGoldenRun(2).prompt,
    numSpeculativeTokens: 1,
    maxTokens: 40,
    pace: 'full speed',
    temperature: 0.7,
  });
  await draft.step.click();
  await expect(draft.resume).toBeVisible();
  await draft.step.click();
  await expect(draft.stepRows).toHaveCount(1);
  await page.getByLabel('Drafts per step (k)').selectOption('4');
  await draft.step.click();
  await expect(draft.stepRows).toHaveCount(2);
  await expect(draft.stepRows.first()).toContainText('of 4');
  // What decided, in numbers.
  await draft.stepRows.first().click();
  await expect(page.getByTestId('step-story')).toContainText(/p \d\.\d{3} [≥<] u \d\.\d{3}/);
  await draft.resume.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
});

test('pointing at a token says what decided, without moving anything; a click keeps it', async ({ page, window }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({
    prompt: firstGoldenRun(2).prompt,
    numSpeculativeTokens: 2,
    maxTokens: 40,
    pace: 'full speed',
    temperature: 0.7,
  });
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  const token = draft.tokens('accepted').first();
  await token.scrollIntoViewIfNeeded();
  const before = await draft.layout();
  await token.hover();
  const peek = page.getByTestId('token-peek');
  await expect(peek).toContainText(/accepted.*draft 1 of 2.*Target \d\.\d{3} ≥ draw \d\.\d{3}/);
  await expect(peek.locator('table')).toHaveCount(2);
  expect(await draft.layout()).toEqual(before);
  await expect(page.getByTestId('step-story')).toHaveCount(0);
  await token.click();
  await expect(page.getByTestId('step-story')).toContainText(/Step \d+:/);
  await page.getByRole('textbox', { name: 'Prompt' }).hover();
  await expect(peek).toHaveCount(0);
});

test('times by step and the log line go with the steps', async ({ page, window, app }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  const golden = firstGoldenRun(2);
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 2, maxTokens: golden.maxTokens, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  const bars = page.getByTestId('step-times');
  await bars.hover({ position: { x: 2, y: 20 } });
  await expect(page.getByTestId('step-times-words')).toContainText(/step 1: draft [\d.]+ [mµ]s, verify [\d.]+ [mµ]s/);
  await bars.click({ position: { x: 2, y: 20 } });
  await expect(page.getByTestId('step-story')).toContainText('Step 1:');

  await page.getByTestId('log-line').click();
  const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
  const { num_steps, drafted, accepted } = golden.counters;
  await expect.poll(copied).toContain(`Mean acceptance length: ${(1 + accepted / num_steps).toFixed(2)}, `);
  expect(await copied()).toContain(`Accepted: ${accepted} tokens, Drafted: ${drafted} tokens, `);
});

test('plain decoding is measured against decoding with drafts', async ({ page, window }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({ prompt: firstGoldenRun(2).prompt, numSpeculativeTokens: 2, maxTokens: 24, pace: 'slow' });
  await page.getByRole('button', { name: 'Compare with plain' }).click();
  await expect(page.getByTestId('speed-comparison')).toContainText(/plain.*tokens\/s.*k = 2.*tokens\/s.* ×/);
  await window.idle();
});

test('at which position drafts fail is two presses away from the opened window', async ({ page, window }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.navigation('Draft').click();
  await draft.run.click();
  await expect(page.getByTestId('fails-most')).toHaveText(/^Most fail at position [12]: \d+ of \d+$/, {
    timeout: 30_000,
  });
  await draft.stop.click();
  await window.idle();
});

test('a seed gives the same run in the window and on the command line', async ({ page, window }) => {
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  const { prompt } = firstGoldenRun(2);
  await draft.fill({ prompt, numSpeculativeTokens: 2, maxTokens: 60, pace: 'full speed', temperature: 0.7 });
  await page.getByLabel('top-k').fill('50');
  await page.getByLabel('top-p').fill('0.95');
  await page.getByLabel('seed').fill('7');
  await draft.run.click();
  await expect(draft.run).toBeVisible();
  await window.idle();
  // The strip has followed to its end.
  const left = await page.getByTestId('token-strip').evaluate((strip) => ({
    above: strip.scrollTop,
    below: strip.scrollHeight - strip.clientHeight - strip.scrollTop,
  }));
  expect(left.above).toBeGreaterThan(0);
  expect(left.below).toBeLessThan(2);
  const outputs = (await draft.shownTokens()).filter((token) => outputVerdicts.has(token.verdict));
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...[inRoot('scripts', 'cli.mjs'), 'generate', inRoot('assets', 'demo-model'), '--prompt', prompt, '--json'],
      ...[
        '--max-tokens=60',
        '--num-speculative-tokens=2',
        '--temperature=0.7',
        '--top-k=50',
        '--top-p=0.95',
        '--seed=7',
      ],
    ],
    { encoding: 'utf8' },
  );
  expect(
    outputs.map(({ id }) => id),
    stderr,
  ).toEqual(JSON.parse(stdout).output_ids);
});
