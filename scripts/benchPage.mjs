/// <reference lib="dom" />
/**
 * `npm run bench:page [-- FOLDER]`: how fast the window answers, measured in the real Electron. Prints figures and says
 * what drew them. FOLDER is a checkpoint of true size; without it the stand-in that `npm run bench -- opening` writes.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { _electron as electron } from 'playwright';
import { findElectron } from './ensureElectron.mjs';
import { runMain } from './progress.mjs';
import { hasDisplay, inRoot, root, SetupError, sandboxArguments } from './project.mjs';
import { startXvfb } from './xvfb.mjs';

/** Each finds another number of tensors. */
const words = ['experts', 'experts.1', 'layers.61', 'self_attn', 'layers.1', 'norm', 'zzz'];
const runs = words.length;
const watchMillis = 3000;

/** @param {number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** @param {string} name @param {number} value @param {string} unit @param {string} [note] */
function print(name, value, unit, note = '') {
  process.stdout.write(`${name.padEnd(58)}${value.toFixed(1).padStart(10)} ${unit.padEnd(4)} ${note}\n`);
}

/** @param {string} name @param {number[]} millis */
function printResponses(name, millis) {
  print(
    `${name}, median of ${millis.length}`,
    quantile(millis, 0.5),
    'ms',
    `slowest ${Math.max(...millis).toFixed(1)} ms`,
  );
}

/**
 * Does something in the page and waits for the frame in which the text of `watched` differs; without `watched`, until
 * the window is idle again, which it says two frames after the last change was drawn.
 * @param {import('playwright').Page} page
 * @param {{ act: 'select' | 'input' | 'scroll', on: string, value: string, watched: string | null }} step
 * @returns {Promise<number>} milliseconds
 */
function respond(page, step) {
  return page.evaluate(async ({ act, on, value, watched }) => {
    const element = document.querySelector(on);
    if (!(element instanceof HTMLElement)) throw new Error(`${on} is not there`);
    const isIdle = () => document.documentElement.dataset.idle === 'true';
    const text = () => (watched === null ? String(isIdle()) : (document.querySelector(watched)?.textContent ?? ''));
    const frame = () => new Promise((then) => requestAnimationFrame(then));
    const before = text();
    const begin = performance.now();
    if (act === 'scroll') element.scrollTop = Number(value);
    else {
      const prototype = act === 'select' ? HTMLSelectElement.prototype : HTMLInputElement.prototype;
      Object.getOwnPropertyDescriptor(prototype, 'value')?.set?.call(element, value);
      element.dispatchEvent(new Event(act === 'select' ? 'change' : 'input', { bubbles: true }));
    }
    const done = () => (watched === null ? isIdle() : text() !== before);
    do {
      await frame();
      if (performance.now() - begin > 30_000) throw new Error(`${watched ?? 'the window'} did not change within 30 s`);
    } while (!done());
    return performance.now() - begin;
  }, step);
}

/**
 * Watches frames and script while something goes on.
 * @param {import('playwright').Page} page
 * @param {import('playwright').CDPSession} devtools
 */
async function watchFrames(page, devtools) {
  await devtools.send('Performance.enable');
  const scriptSeconds = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0;
  };
  const watching = page.evaluate(async (millis) => {
    /** @type {number[]} */
    const gaps = [];
    const end = performance.now() + millis;
    let last = await new Promise((then) => requestAnimationFrame(then));
    while (performance.now() < end) {
      const now = await new Promise((then) => requestAnimationFrame(then));
      gaps.push(now - last);
      last = now;
    }
    return gaps;
  }, watchMillis);
  /** @type {number[]} */
  const perFrame = [];
  const end = performance.now() + watchMillis;
  let before = { at: performance.now(), script: await scriptSeconds() };
  while (performance.now() < end) {
    await new Promise((then) => setTimeout(then, 100));
    const now = { at: performance.now(), script: await scriptSeconds() };
    const frames = Math.max(1, (now.at - before.at) / (1000 / 60));
    perFrame.push(((now.script - before.script) * 1000) / frames);
    before = now;
  }
  return { frame: quantile(await watching, 0.95), script: quantile(perFrame, 0.95) };
}

/**
 * Presses a button whenever it can be pressed, from inside the page: the driver's own script would be counted.
 * @param {import('playwright').Page} page @param {string} label
 * @returns {Promise<() => Promise<void>>} ends it
 */
async function pressAgainAndAgain(page, label) {
  const timer = await page.evaluate(
    (wanted) =>
      window.setInterval(() => {
        for (const button of document.querySelectorAll('button'))
          if (button.textContent?.trim() === wanted && !button.disabled) button.click();
      }, 50),
    label,
  );
  return () => page.evaluate((id) => window.clearInterval(id), timer);
}

/** @param {string} folder */
async function measure(folder) {
  const found = findElectron();
  if (found === null) throw new SetupError('Electron is missing. Run: node scripts/setup.mjs electron');
  const userData = mkdtempSync(join(tmpdir(), 'draftscope-bench-'));
  const { ELECTRON_RUN_AS_NODE: _unset, ...environment } = process.env;
  const app = await electron.launch({
    executablePath: found.executable,
    args: [...sandboxArguments, root],
    env: /** @type {Record<string, string>} */ ({ ...environment, DRAFTSCOPE_TEST_USER_DATA: userData }),
  });
  try {
    const page = await app.firstWindow();
    const idle = () => page.waitForSelector('html[data-idle="true"]', { state: 'attached', timeout: 60_000 });
    await page.waitForSelector('[data-testid="verdict"]');
    await idle();
    const devtools = await page.context().newCDPSession(page);
    const gpu = await app.evaluate(({ app: running }) => running.getGPUFeatureStatus().gpu_compositing);
    process.stdout.write(`${process.platform} ${process.arch}, compositing: ${gpu}\n`);
    if (!gpu.startsWith('enabled'))
      process.stdout.write('Software rendering: frame times are those of the processor.\n');

    process.stdout.write('\nDemo checkpoint\n');
    const still = await watchFrames(page, devtools);
    print('idle: frame, p95', still.frame, 'ms');
    print('idle: script per frame, p95 of 100 ms', still.script, 'ms');
    await page.getByRole('button', { name: 'Load', exact: true }).click();
    const endLoads = await pressAgainAndAgain(page, 'Load weights');
    const load = await watchFrames(page, devtools);
    await endLoads();
    await idle();
    print(
      'loading again and again: frame, p95',
      load.frame,
      'ms',
      `${(load.frame - still.frame).toFixed(1)} ms more than idle`,
    );
    print('loading: script per frame, p95 of 100 ms', load.script, 'ms');
    await page.getByRole('button', { name: 'Draft', exact: true }).click();
    await page.getByLabel('max tokens').fill('480');
    for (const pace of ['readable', 'full speed']) {
      await page.getByLabel('pace').selectOption({ label: pace });
      const endRuns = await pressAgainAndAgain(page, 'Run');
      await page.waitForSelector('[data-testid="token-strip"] [data-verdict="accepted"]');
      const decode = await watchFrames(page, devtools);
      await endRuns();
      const more = (decode.frame - still.frame).toFixed(1);
      print(`decoding, ${pace}: frame, p95`, decode.frame, 'ms', `${more} ms more than idle`);
      print(`decoding, ${pace}: script per frame, p95 of 100 ms`, decode.script, 'ms');
      // It may end by itself at any moment.
      await page.evaluate(() => {
        for (const button of document.querySelectorAll('button'))
          if (button.textContent?.trim() === 'Stop') button.click();
      });
      await idle();
    }

    const name = basename(folder);
    process.stdout.write(`\n${name}\n`);
    await page.getByRole('button', { name: 'Overview', exact: true }).click();
    await app.evaluate(({ dialog }, path) => {
      Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [path] }) });
    }, folder);
    const verdict = await page.evaluate(async (wanted) => {
      const open = document.querySelector('button[title="Open a checkpoint folder"]');
      const begin = performance.now();
      if (open instanceof HTMLElement) open.click();
      for (;;) {
        await new Promise((then) => requestAnimationFrame(then));
        const isOpen = document.querySelector('h1')?.textContent === wanted;
        if (isOpen && document.querySelector('[data-testid="verdict"]') !== null) return performance.now() - begin;
        if (performance.now() - begin > 60_000) throw new Error('no verdict within 60 s');
      }
    }, name);
    print('folder chosen to verdict', verdict, 'ms', 'once, headers as cached as they were');
    await idle();
    await page.getByRole('button', { name: 'Mapping', exact: true }).click();
    await idle();
    await page.waitForTimeout(1500);
    const table = '[data-testid="mapping-table"]';
    const series = async (/** @type {(at: number) => Parameters<typeof respond>[1]} */ step) => {
      const millis = [];
      for (let at = 0; at < runs; at += 1) {
        millis.push(await respond(page, step(at)));
        await idle();
      }
      return millis;
    };
    printResponses(
      'scrolled by thousands of rows',
      await series((at) => ({ act: 'scroll', on: table, value: String(40_000 * (at + 1)), watched: table })),
    );
    const count = '[data-testid="tensor-count"]';
    printResponses(
      'filtered by a word',
      await series((at) => ({ act: 'input', on: '[data-search]', value: words[at] ?? '', watched: count })),
    );
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByRole('button', { name: 'Overview', exact: true }).click();
    await page.getByLabel('or paste a serving command line').fill('vllm serve m -tp 8 -ep');
    await page.getByRole('region', { name: 'Set-up' }).getByRole('button', { name: 'Set up', exact: true }).click();
    await idle();
    await page.getByRole('button', { name: 'Mapping', exact: true }).click();
    await idle();
    printResponses(
      'another rank, until idle',
      await series((at) => ({
        act: 'select',
        on: 'select[aria-label^="Rank that is looked at"]',
        value: String(1 + (at % 7)),
        watched: null,
      })),
    );
    const metrics = await app.evaluate(({ app: running }) => running.getAppMetrics());
    const tab = metrics.find(({ type }) => type === 'Tab');
    print('renderer: resident memory', (tab?.memory.workingSetSize ?? 0) / 1000, 'MB');
    const { metrics: heap } = await devtools.send('Performance.getMetrics');
    print(
      'renderer: JavaScript heap',
      (heap.find(({ name: one }) => one === 'JSHeapUsedSize')?.value ?? 0) / 1e6,
      'MB',
    );
  } finally {
    await app.close();
    rmSync(userData, { recursive: true, force: true });
  }
}

await runMain(async () => {
  const given = process.argv[2];
  const folder = resolve(given ?? inRoot('.cache', 'bench', 'deepseek-v3'));
  if (!existsSync(join(folder, 'config.json'))) {
    throw new SetupError(
      given === undefined
        ? 'The stand-in of true size is not there yet. Run: npm run bench -- opening'
        : `${folder} has no config.json.`,
    );
  }
  const display = hasDisplay() ? null : await startXvfb();
  if (display !== null) process.env.DISPLAY = display.display;
  try {
    await measure(folder);
  } finally {
    await display?.stop();
  }
});
