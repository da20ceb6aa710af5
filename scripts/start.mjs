/**
 * `npm start [-- folder] [--link TEXT]`: sets up what is missing and opens the app. With no display the same work runs under a
 * virtual one: the load report and a decoded sample are printed, a screenshot is written.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findElectron } from './ensureElectron.mjs';
import { runMain, say, startHeartbeat } from './progress.mjs';
import { hasDisplay, InterruptedError, inRoot, readJsonIfAny, root, SetupError, sandboxArguments } from './project.mjs';
import { ensureAll } from './setup.mjs';
import { startXvfb } from './xvfb.mjs';

const headlessMillis = 300_000;

/**
 * Runs Electron on the checkout; ended together with us.
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet: boolean, timeoutMillis?: number }} options
 * @returns {Promise<{ code: number, errors: string, timedOut: boolean, end: string }>} code 1 when ended by a signal;
 *   end = how it ended, in words
 */
function runElectron(args, { env = process.env, quiet, timeoutMillis }) {
  const electron = findElectron();
  if (electron === null) throw new SetupError('Electron is missing. Run: node scripts/setup.mjs electron');
  return new Promise((done, reject) => {
    const child = spawn(electron.executable, [...sandboxArguments, root, ...args], {
      env,
      stdio: quiet ? ['ignore', 'ignore', 'pipe'] : 'inherit',
    });
    let errors = '';
    let timedOut = false;
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      errors = (errors + text).slice(-4000);
    });
    const timer = timeoutMillis
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, timeoutMillis)
      : undefined;
    let interrupted = false;
    const forward = () => {
      interrupted = true;
      child.kill('SIGTERM');
    };
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (interrupted) reject(new InterruptedError('Interrupted.'));
      else done({ code: code ?? 1, errors, timedOut, end: signal ?? `exit code ${code}` });
    });
  });
}

/** @param {readonly string[]} given the app's arguments: [folder] [--link TEXT] */
async function runWithoutDisplay(given) {
  say('There is no display: running under a virtual one (Xvfb), the report comes here and a screenshot into out/.');
  const screenshotFile = inRoot('out', 'screenshot.png');
  rmSync(screenshotFile, { force: true });
  const xvfb = await startXvfb();
  const work = mkdtempSync(join(tmpdir(), 'draftscope-start-'));
  const reportFile = join(work, 'report.json');
  const stopHeartbeat = startHeartbeat('the app');
  try {
    const args = [`--headless-report=${reportFile}`, `--screenshot=${screenshotFile}`, ...given];
    const env = { ...process.env, DISPLAY: xvfb.display };
    const { errors, timedOut, end } = await runElectron(args, { env, quiet: true, timeoutMillis: headlessMillis });
    if (timedOut) throw new SetupError(`The app did not finish its report within ${headlessMillis / 1000} s.`);
    const report = readJsonIfAny(reportFile);
    if (report === null)
      throw new SetupError(
        `${errors.trim() || '(it said nothing)'}\nThe app ended without a report (${end}); its last words are above. If Electron is damaged, delete node_modules/electron/dist and start again.`,
      );
    if (!report.ok) {
      const { message, hint, path } = report.failure;
      throw new SetupError([hint ? `${message} ${hint}` : message, ...(path ? [`  ${path}`] : [])].join('\n'));
    }
    process.stdout.write(`${report.lines.join('\n')}\n`);
    if (report.screenshot) process.stdout.write(`screenshot: ${report.screenshot}\n`);
    return 0;
  } finally {
    stopHeartbeat();
    rmSync(work, { recursive: true, force: true });
    await xvfb.stop();
  }
}

await runMain(async () => {
  // The app itself resolves a relative folder, against the folder that npm was called in.
  const given = process.argv.slice(2);
  await ensureAll(['electron', 'native', 'app']);
  if (!hasDisplay()) return runWithoutDisplay(given);
  return (await runElectron(given, { quiet: false })).code;
});
