/**
 * Steps with their time, and child processes that never stay silent. Everything here writes to stderr: stdout belongs
 * to results.
 */
import { spawn } from 'node:child_process';
import { SetupError } from './project.mjs';

const heartbeatMillis = 10_000;
const keptOutputCharacters = 64_000;

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
 * Runs a child quietly and keeps what it said.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {ChildOptions} [options]
 * @returns {Promise<ChildResult>}
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      shell: options.shell ?? false,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    let timedOut = false;
    const timer = options.timeoutMillis
      ? setTimeout(() => {
          timedOut = true;
          child.kill('SIGKILL');
        }, options.timeoutMillis)
      : undefined;
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
      resolve({ code, stdout, output, timedOut });
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
 * Runs a script's main function: a SetupError is printed as its sentence, anything else with its stack; both exit 1.
 * @param {() => Promise<number | void>} main returns the exit code
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    say(error instanceof SetupError ? error.message : String(error instanceof Error ? error.stack : error));
    process.exitCode = 1;
  }
}
