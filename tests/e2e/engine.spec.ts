import { expect, test } from './app.ts';
import { firstGoldenRun } from './golden.ts';
import { graveViolations } from './pages/axe.ts';
import { DraftView } from './pages/draftView.ts';

test('the window survives the engine, says so, and Restart brings it back', async ({ page, window }) => {
  const golden = firstGoldenRun(1);
  const draft = new DraftView(page);
  await window.opened();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 1, maxTokens: 10_000, pace: 'slow' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();

  await window.killEngine();
  await expect(window.engineStopped).toBeVisible();
  await expect(window.engineStopped).toHaveRole('alert');
  await expect(window.engineStopped).toContainText('stopped unexpectedly');
  await window.idle();

  await window.engineStopped.getByRole('button', { name: 'Restart' }).click();
  await expect(window.engineStopped).toHaveCount(0);
  await window.show('Overview');
  await window.opened();
  await window.show('Draft');
  await draft.fill({ prompt: golden.prompt, numSpeculativeTokens: 1, maxTokens: 12, pace: 'full speed' });
  await draft.run.click();
  await expect(draft.tokens('accepted').first()).toBeVisible();
  await expect(draft.run).toBeVisible();
  await window.idle();
});

test('set-up and selection outlive the engine', async ({ page, window }) => {
  await window.opened();
  await page.getByLabel('or paste a serving command line').fill('vllm serve m -tp 2');
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  await window.idle();
  await window.show('Mapping');
  await window.explain('layers.4.eh_proj');
  await window.killEngine();
  await expect(window.engineStopped).toBeVisible();
  await window.engineStopped.getByRole('button', { name: 'Restart' }).click();
  await expect(window.engineStopped).toHaveCount(0);
  await expect(page.getByTestId('story')).toContainText('layers.4.eh_proj');
  await expect(window.navigation('Mapping')).toHaveAttribute('aria-current', 'page');
  await window.show('Overview');
  await expect(page.getByLabel('Tensor-parallel size')).toHaveValue('2');
});

test('an engine that is there and does not answer is told of, taken back when it answers, and replaced on request', async ({
  page,
  window,
}) => {
  test.skip(process.platform === 'win32', 'Windows has no signal that stops a process');
  test.setTimeout(120_000);
  const patient = { timeout: 30_000 };
  await window.opened();
  await window.show('Placement');
  await window.signalEngine('SIGSTOP');
  await expect(window.engineSilent).toBeVisible(patient);
  await expect(window.engineSilent).toContainText(/silent for \d+ s/);
  await expect(page.getByTestId('engine-status')).toHaveText('engine silent');
  await window.signalEngine('SIGCONT');
  await expect(window.engineSilent).toHaveCount(0, patient);
  await expect(page.getByTestId('engine-status')).toHaveText('engine ready');

  const stuck = await window.signalEngine('SIGSTOP');
  await expect(window.engineSilent).toBeVisible(patient);
  expect(await graveViolations(page, 'engine silent')).toEqual([]);
  await window.engineSilent.getByRole('button', { name: 'Restart engine' }).click();
  await expect(window.engineSilent).toHaveCount(0);
  await expect(window.navigation('Placement')).toHaveAttribute('aria-current', 'page');
  await window.show('Overview');
  await window.opened();
  // The old process is gone, though it could not heed a polite signal.
  await expect
    .poll(() => {
      try {
        process.kill(stuck, 0);
        return 'there';
      } catch {
        return 'gone';
      }
    })
    .toBe('gone');
});
