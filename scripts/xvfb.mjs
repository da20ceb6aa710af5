/** A virtual display for machines without one. Shared by `npm start`, `npm test` and the Playwright set-up. */
import { spawn } from 'node:child_process';
import { findInPath, SetupError } from './project.mjs';

const startMillis = 20_000;

/**
 * Starts Xvfb on a display number that it picks itself.
 * @returns {Promise<{ display: string, stop: () => Promise<void> }>} display e.g. ":1", for the DISPLAY variable
 */
export async function startXvfb() {
  if (findInPath('Xvfb') === null) {
    throw new SetupError('There is no display and no Xvfb. Run: node scripts/setup.mjs electron');
  }
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const killAtExit = () => child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = async () => {
    process.off('exit', killAtExit);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await ended;
    }
  };
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    errors = (errors + text).slice(-2000);
  });
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  try {
    const number = await new Promise((resolve, reject) => {
      let text = '';
      child.stdio[3]?.on('data', (data) => {
        text += data;
        if (text.includes('\n')) resolve(text.trim());
      });
      child.once('error', reject);
      child.once('exit', (code) => reject(new SetupError(`Xvfb ended at once (exit code ${code}): ${errors.trim()}`)));
      timer = setTimeout(() => reject(new SetupError('Xvfb did not offer a display within 20 s.')), startMillis);
    });
    return { display: `:${number}`, stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
