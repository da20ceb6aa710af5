/**
 * Steps with their time, and child processes that never stay silent. Everything here writes to stderr: stdout belongs
 * to results.
 */
import { spawn } from 'node:child_process';
import { InterruptedError, SetupError } from './project.mjs';

const heartbeatMillis = 10_000;
const keptOutputCharacters = 64_000;
const stopMillis = 3_000;
/** @type {readonly NodeJS.Signals[]} */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * @param {number} millis
 * @returns {string} e.g. "7.4 s"
 */
export function formatSeconds(millis) {
  return `${(millis / 1000).toFixed(1)} s`;
}

/**
 * Prints an elapsed-time line every 10 s until the returned function is called.
 * @param {string} name
 * @returns {() => void}
 */
export function startHeartbeat(name) {
  const begun = performance.now();
  const timer = setInterval(
    () => say(`      ${name}: ${Math.round((performance.now() - begun) / 1000)} s so far`),
    heartbeatMillis,
  );
  return () => clearInterval(timer);
}

/** Numbers the steps of one run: "[2/5] Electron 42.0.0 ... already there". */
export class Steps {
  #done = 0;

  /**
   * @param {number} total
   * @param {{ quietWhenDone?: boolean }} [options] quietWhenDone = no line for a step that had nothing to do
   */
  constructor(total, options = {}) {
    this.total = total;
    this.quietWhenDone = options.quietWhenDone ?? false;
  }

  /**
   * @param {string} name
   * @param {(begin: () => void) => Promise<string | void>} work calls `begin` before anything slow; may return a remark
   */
  async run(name, work) {
    this.#done += 1;
    const label = `[${this.#done}/${this.total}] ${name}`;
    const begun = performance.now();
    /** @type {(() => void) | undefined} */
    let stopHeartbeat;
    try {
      const remark = await work(() => {
        if (stopHeartbeat) return;
        say(`${label} ...`);
        stopHeartbeat = startHeartbeat(name);
      });
      const elapsed = formatSeconds(performance.now() - begun);
      if (stopHeartbeat) say(`${label}: ${remark ?? 'done'}, ${elapsed}`);
      else if (!this.quietWhenDone) say(`${label}: ${remark ?? 'already there'}`);
    } finally {
      stopHeartbeat?.();
    }
  }
}

/**
 * @typedef {object} ChildOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number} [timeoutMillis] the child is killed after this long
 * @property {boolean} [shell]
 *
 * @typedef {object} ChildResult
 * @property {number | null} code null when it could not be started or was killed
 * @property {string} stdout
 * @property {string} output stdout and stderr as they came, the last 64,000 characters
 * @property {boolean} timedOut
 */

/**
 * Ends a child started in a process group of its own, with all that it started.
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function endGroup(child, signal) {
  try {
    if (child.pid === undefined || process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/**
 * Runs a child quietly and keeps what it said. When we are asked to end, the child is ended first and waited for: an
 * `npm ci` left behind would work against the next one.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<ChildResult>} rejected with InterruptedError when we were asked to end
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      shell: options.shell ?? false,
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    let timedOut = false;
    const timer = options.timeoutMillis
      ? setTimeout(() => {
          timedOut = true;
          endGroup(child, 'SIGKILL');
        }, options.timeoutMillis)
      : undefined;
    let interrupted = false;
    /** @type {NodeJS.Timeout | undefined} */
    let lastResort;
    const interrupt = () => {
      if (interrupted) return;
      interrupted = true;
      say('Stopping ...');
      endGroup(child, 'SIGTERM');
      lastResort = setTimeout(() => endGroup(child, 'SIGKILL'), stopMillis);
    };
    for (const signal of endingSignals) process.on(signal, interrupt);
    /** @param {string} text */
    const keep = (text) => {
      output = (output + text).slice(-keptOutputCharacters);
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      keep(text);
    });
    child.stderr.setEncoding('utf8').on('data', keep);
    /** @param {number | null} code */
    const finish = (code) => {
      clearTimeout(timer);
      clearTimeout(lastResort);
      for (const signal of endingSignals) process.off(signal, interrupt);
      if (interrupted) reject(new InterruptedError('Interrupted.'));
      else resolve({ code, stdout, output, timedOut });
    };
    child.on('error', (error) => {
      keep(`${error.message}\n`);
      finish(null);
    });
    child.on('close', finish);
  });
}

/**
 * Runs a child that must succeed; its last words become the error otherwise.
 * @param {string} what named in the error, e.g. "npm ci"
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<string>} stdout
 */
export async function mustRun(what, command, args, options = {}) {
  const { code, stdout, output, timedOut } = await runQuietly(command, args, options);
  if (code === 0) return stdout;
  const lastLines = output.trimEnd().split('\n').slice(-60).join('\n');
  const how = timedOut ? `took longer than ${(options.timeoutMillis ?? 0) / 1000} s` : `failed (exit code ${code})`;
  throw new SetupError(`${lastLines}\n${what} ${how}; its last output is above.`);
}

/**
 * Runs a script's main function: a SetupError is printed as its sentence, anything else with its stack; exit code 1, or 130
 * when interrupted.
 * @param {() => Promise<number | void>} main returns the exit code
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = error instanceof InterruptedError ? 130 : 1;
  }
}
