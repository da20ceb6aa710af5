/// <reference lib="dom" />
/** What the page benchmark measures with: responses, frames, script, memory; figures beside their limits. */

const millisPerFrame = 1000 / 60;
/** A window is watched several times, so that there is a median and a spread. */
const watches = 3;
const watchMillis = 2000;
const memoryMillis = 250;

/** Between the two values that lie around it. @param {number[]} values @param {number} share */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low = Number.NaN, high = low] = sorted.slice(Math.floor(place), Math.floor(place) + 2);
  return low + (high - low) * (place - Math.floor(place));
}

/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * A figure, its spread, and its limit with "ok" or "OVER"; nothing fails here, the machine may be busy.
 * @param {string} name
 * @param {number[]} values
 * @param {string} unit
 * @param {number} [limit] of the median, in the same unit
 */
export function printFigure(name, values, unit, limit) {
  const middle = median(values);
  const spread = `${Math.min(...values).toFixed(1)} to ${Math.max(...values).toFixed(1)}`;
  process.stdout.write(
    `${`${name}, ${values.length === 1 ? 'once' : `median of ${values.length}`}`.padEnd(58)}${middle.toFixed(1).padStart(8)} ${unit.padEnd(3)} ${(values.length === 1 ? '' : spread).padEnd(18)}${limit === undefined ? '' : ` limit ${limit.toFixed(1)}: ${middle <= limit ? 'ok' : 'OVER'}`}\n`,
  );
}

/**
 * Does something in the page and waits for the frame in which the text of `watched` differs; without `watched`, until
 * the window is idle again, which it says two frames after the last change was drawn.
 * @param {import('playwright').Page} page
 * @param {{ act: 'select' | 'input' | 'scroll' | 'press', on: string, value: string, watched: string | null }} step
 * @returns {Promise<number>} milliseconds
 */
export function respond(page, step) {
  return page.evaluate(async ({ act, on, value, watched }) => {
    const element = document.querySelector(on);
    if (!(element instanceof HTMLElement)) throw new Error(`${on} is not there`);
    const isIdle = () => document.documentElement.dataset.idle === 'true';
    const text = () => (watched === null ? String(isIdle()) : (document.querySelector(watched)?.textContent ?? ''));
    const frame = () => new Promise((then) => requestAnimationFrame(then));
    const before = text();
    const begin = performance.now();
    if (act === 'scroll') element.scrollTop = Number(value);
    else if (act === 'press') element.click();
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
 * p95 of the frames and of script per frame while something goes on, of several windows. Script is what 100 ms took,
 * divided by their frames: stricter than frame by frame, where two busy frames a second would be beyond the p95.
 * @param {import('playwright').Page} page
 * @param {import('playwright').CDPSession} devtools
 * @returns {Promise<{ frame: number[], script: number[] }>} milliseconds, one a window
 */
export async function watchFrames(page, devtools) {
  const frame = [];
  const script = [];
  for (let at = 0; at < watches; at += 1) {
    const watched = await watchOnce(page, devtools);
    frame.push(quantile(watched.frames, 0.95));
    script.push(quantile(watched.script, 0.95));
  }
  return { frame, script };
}

/** @param {import('playwright').Page} page @param {import('playwright').CDPSession} devtools */
async function watchOnce(page, devtools) {
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
  const script = [];
  const end = performance.now() + watchMillis;
  let before = { at: performance.now(), script: await scriptSeconds() };
  while (performance.now() < end) {
    await new Promise((then) => setTimeout(then, 100));
    const now = { at: performance.now(), script: await scriptSeconds() };
    const frames = Math.max(1, (now.at - before.at) / millisPerFrame);
    script.push(((now.script - before.script) * 1000) / frames);
    before = now;
  }
  return { frames: await watching, script };
}

/**
 * Presses a button whenever it can be pressed, from inside the page: the driver's own script would be counted.
 * @param {import('playwright').Page} page @param {string} label
 * @returns {Promise<() => Promise<void>>} ends it
 */
export async function pressAgainAndAgain(page, label) {
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

/**
 * Follows the resident memory of the page's process, asked of the operating system by the main process.
 * @param {import('playwright').ElectronApplication} app
 * @returns {Promise<{ now: () => Promise<number>, peak: () => Promise<number> }>} MB; the peak since the call before
 */
export async function followMemory(app) {
  const state = await app.evaluateHandle(({ app: running }, millis) => {
    const measure = () => running.getAppMetrics().find(({ type }) => type === 'Tab')?.memory.workingSetSize ?? 0;
    const held = { measure, peak: 0 };
    setInterval(() => {
      held.peak = Math.max(held.peak, measure());
    }, millis);
    return held;
  }, memoryMillis);
  return {
    now: async () => (await state.evaluate(({ measure }) => measure())) / 1000,
    peak: () =>
      state.evaluate((held) => {
        const peak = Math.max(held.peak, held.measure());
        held.peak = 0;
        return peak / 1000;
      }),
  };
}
