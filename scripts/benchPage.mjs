/// <reference lib="dom" />
/**
 * `npm run bench:page [-- FOLDER]`: how fast the window answers, measured in the real Electron. Prints figures beside
 * their limits and says what drew them; a figure over its limit is said and fails nothing. FOLDER is a checkpoint of
 * true size; without it the stand-in that `npm run bench -- opening` writes.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { _electron as electron } from 'playwright';
import { findElectron } from './ensureElectron.mjs';
import { followMemory, median, pressAgainAndAgain, printFigure, respond, watchFrames } from './pageWatch.mjs';
import { runMain } from './progress.mjs';
import { hasDisplay, inRoot, root, SetupError, sandboxArguments } from './project.mjs';
import { startXvfb } from './xvfb.mjs';

/** Milliseconds and MB; frames may take so much longer than those of the same window at rest. */
const limits = { verdict: 2000, answer: 100, moreThanIdle: 4, script: 8, memory: 400 };

/** Each finds another number of tensors. */
const words = ['experts', 'experts.1', 'layers.61', 'self_attn', 'layers.1', 'norm', 'zzz'];
/** Each of eight ranks or more; the last one is small enough for its weights to fit into memory. */
const setUps = ['-tp 8 -ep', '-tp 16 -ep', '-tp 8 -dp 2 -ep', '-tp 8', '-tp 8 -dp 40 -ep'];
const openings = 3;
const table = '[data-testid="mapping-table"]';
const count = '[data-testid="tensor-count"]';
const rankChoice = 'select[aria-label^="Rank that is looked at"]';

/** @typedef {{ frame: number[], script: number[] }} Watched */

class PageBench {
  /**
   * @param {import('playwright').ElectronApplication} app
   * @param {import('playwright').Page} page
   * @param {import('playwright').CDPSession} devtools
   * @param {Awaited<ReturnType<typeof followMemory>>} memory
   */
  constructor(app, page, devtools, memory) {
    this.app = app;
    this.page = page;
    this.devtools = devtools;
    this.memory = memory;
  }

  idle() {
    return this.page.waitForSelector('html[data-idle="true"]', { state: 'attached', timeout: 60_000 });
  }

  /** @param {string} name of a view, in the rail */
  async goTo(name) {
    await this.page.getByRole('button', { name, exact: true }).click();
    await this.idle();
  }

  /** @param {string} label */
  pressNow(label) {
    return this.page.evaluate((wanted) => {
      for (const button of document.querySelectorAll('button'))
        if (button.textContent?.trim() === wanted) button.click();
    }, label);
  }

  /** @param {string} name @param {Watched} watched @param {Watched} [still] of the same window at rest */
  printWatched(name, watched, still) {
    const rest = still && median(still.frame);
    printFigure(
      `${name}: frame, p95`,
      watched.frame,
      'ms',
      rest === undefined ? undefined : rest + limits.moreThanIdle,
    );
    printFigure(
      `${name}: script per frame, p95`,
      watched.script,
      'ms',
      still === undefined ? undefined : limits.script,
    );
  }

  /** @param {string} name */
  async printMemory(name) {
    printFigure(`renderer: most memory, ${name}`, [await this.memory.peak()], 'MB', limits.memory);
  }

  /** @param {number} runs @param {(at: number) => Parameters<typeof respond>[1]} step */
  async series(runs, step) {
    const millis = [];
    for (let at = 0; at < runs; at += 1) {
      millis.push(await respond(this.page, step(at)));
      await this.idle();
    }
    return millis;
  }

  async demo() {
    const still = await watchFrames(this.page, this.devtools);
    this.printWatched('idle', still);
    await this.printMemory('idle');
    await this.goTo('Load');
    const endLoads = await pressAgainAndAgain(this.page, 'Load weights');
    this.printWatched('loading again and again', await watchFrames(this.page, this.devtools), still);
    await endLoads();
    await this.idle();
    await this.printMemory('loading');
    await this.goTo('Draft');
    await this.page.getByLabel('max tokens').fill('480');
    for (const pace of ['readable', 'full speed']) {
      await this.page.getByLabel('pace').selectOption({ label: pace });
      const endRuns = await pressAgainAndAgain(this.page, 'Run');
      await this.page.waitForSelector('[data-testid="token-strip"] [data-verdict="accepted"]');
      this.printWatched(`decoding, ${pace}`, await watchFrames(this.page, this.devtools), still);
      await endRuns();
      // It may end by itself at any moment.
      await this.pressNow('Stop');
      await this.idle();
    }
    await this.printMemory('decoding');
    await this.goTo('Overview');
  }

  /** @param {string} folder @returns {Promise<number>} milliseconds from the chosen folder to the frame with its verdict */
  async open(folder) {
    await this.app.evaluate(({ dialog }, path) => {
      Object.assign(dialog, { showOpenDialog: async () => ({ canceled: false, filePaths: [path] }) });
    }, folder);
    const millis = await this.page.evaluate(async (wanted) => {
      const open = document.querySelector('button[title="Open a checkpoint folder"]');
      const begin = performance.now();
      if (open instanceof HTMLElement) open.click();
      for (;;) {
        await new Promise((then) => requestAnimationFrame(then));
        const isOpen = document.querySelector('h1')?.textContent === wanted;
        if (isOpen && document.querySelector('[data-testid="verdict"]') !== null) return performance.now() - begin;
        if (performance.now() - begin > 60_000) throw new Error('no verdict within 60 s');
      }
    }, basename(folder));
    await this.idle();
    return millis;
  }

  /** @param {string} options of a serving command @returns {Promise<number>} milliseconds until idle */
  async setUp(options) {
    await this.page.getByLabel('or paste a serving command line').fill(`vllm serve m ${options}`);
    const button = this.page
      .getByRole('region', { name: 'Set-up' })
      .getByRole('button', { name: 'Set up', exact: true });
    await button.evaluate((element) => element.setAttribute('data-bench', 'set-up'));
    return respond(this.page, { act: 'press', on: '[data-bench="set-up"]', value: '', watched: null });
  }

  /** @param {string} folder */
  async trueSize(folder) {
    const verdicts = [];
    for (let at = 0; at < openings; at += 1) {
      if (at > 0) await this.open(inRoot('assets', 'demo-model'));
      verdicts.push(await this.open(folder));
    }
    printFigure('folder chosen to verdict', verdicts, 'ms', limits.verdict);
    const still = await watchFrames(this.page, this.devtools);
    this.printWatched('idle', still);
    await this.goTo('Mapping');
    await this.page.waitForTimeout(1500);
    const scrolled = await this.series(words.length, (at) => ({
      act: 'scroll',
      on: table,
      value: String(40_000 * (at + 1)),
      watched: table,
    }));
    printFigure('scrolled by thousands of rows', scrolled, 'ms', limits.answer);
    const filtered = await this.series(words.length, (at) => ({
      act: 'input',
      on: '[data-search]',
      value: words[at] ?? '',
      watched: count,
    }));
    printFigure('filtered by a word', filtered, 'ms', limits.answer);
    await this.page.getByRole('button', { name: 'Clear', exact: true }).click();
    for (const [at, options] of setUps.entries()) {
      await this.goTo('Overview');
      printFigure(`another set-up (${options}), until idle`, [await this.setUp(options)], 'ms');
      if (at > 0) continue;
      await this.goTo('Mapping');
      const ranks = await this.series(words.length, (rank) => ({
        act: 'select',
        on: rankChoice,
        value: String(1 + (rank % 7)),
        watched: null,
      }));
      printFigure('another rank, until idle', ranks, 'ms', limits.answer);
    }
    await this.printMemory('with all tensors');
    await this.loadRank(still);
  }

  /** One rank of many, while it loads; then it is cancelled. @param {Watched} still */
  async loadRank(still) {
    await this.goTo('Load');
    await this.pressNow('Load weights');
    const began = await this.page.waitForSelector('[data-testid="load-running"], [data-testid="load-failure"]');
    if ((await began.getAttribute('data-testid')) === 'load-failure') {
      process.stdout.write(`loading one rank: not measured. ${await began.textContent()}\n`);
      return;
    }
    const watched = await watchFrames(this.page, this.devtools);
    const lasted = await this.page.evaluate(() => document.querySelector('[data-testid="load-running"]') !== null);
    this.printWatched(`loading one rank of 320${lasted ? '' : ' (over before the window)'}`, watched, still);
    await this.pressNow('Cancel');
    await this.idle();
    await this.printMemory('loading one rank');
  }
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
    await page.waitForSelector('[data-testid="verdict"]');
    const devtools = await page.context().newCDPSession(page);
    const bench = new PageBench(app, page, devtools, await followMemory(app));
    await bench.idle();
    const gpu = await app.evaluate(({ app: running }) => running.getGPUFeatureStatus().gpu_compositing);
    process.stdout.write(`${process.platform} ${process.arch}, compositing: ${gpu}\n`);
    if (!gpu.startsWith('enabled'))
      process.stdout.write('Software rendering: frame times are those of the processor.\n');
    process.stdout.write('\nDemo checkpoint\n');
    await bench.demo();
    process.stdout.write(`\n${basename(folder)}\n`);
    await bench.trueSize(folder);
    const { metrics } = await devtools.send('Performance.getMetrics');
    const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
    printFigure('renderer: JavaScript heap at the end', [heap / 1e6], 'MB');
    await devtools.send('HeapProfiler.collectGarbage');
    await page.waitForTimeout(1000);
    printFigure('renderer: memory after a collection', [await bench.memory.now()], 'MB');
    const engine = (await app.evaluate(({ app: running }) => running.getAppMetrics())).find(
      ({ name }) => name === 'draftscope-engine',
    );
    printFigure('engine: most memory', [(engine?.memory.peakWorkingSetSize ?? 0) / 1000], 'MB');
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
