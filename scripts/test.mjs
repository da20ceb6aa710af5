/**
 * `npm test`: sets up what is missing, runs every suite, goes on after a failing one, and ends with the line
 * "N passed, N failed, N skipped" summed from the runners' reports. `--only unit,e2e` runs some of them.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findElectron } from './ensureElectron.mjs';
import { nativeOutputs } from './ensureNative.mjs';
import { formatSeconds, runMain, startHeartbeat } from './progress.mjs';
import { hasDisplay, inRoot, readJsonIfAny, root, SetupError } from './project.mjs';
import { allNeeds, ensureAll } from './setup.mjs';
import { closingLine, countNative, countPlaywright, countVitest, judgeRunner } from './testReports.mjs';
import { unpackMath, unpackNumerics } from './unpackNumerics.mjs';
import { startXvfb } from './xvfb.mjs';

/**
 * @typedef {object} Suite
 * @property {string} name for --only and the headers
 * @property {import('./setup.mjs').Need[]} needs
 * @property {boolean} [display]
 * @property {(reportFile: string) => { command: string, args: string[], env?: NodeJS.ProcessEnv }} start
 * @property {((report: any) => import('./testReports.mjs').Counts)} [count] absent: the exit code is one test
 */

/** @param {string[]} parts of a path below node_modules */
const packageFile = (...parts) => inRoot('node_modules', ...parts);

/**
 * @param {string} reportFile
 * @param {readonly string[]} projects
 */
function vitestArguments(reportFile, projects) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  return [packageFile('vitest', 'vitest.mjs'), 'run', ...projects.map((name) => `--project=${name}`), ...reporters];
}

function electronExecutable() {
  const electron = findElectron();
  if (electron === null) throw new SetupError('Electron is missing. Run: node scripts/setup.mjs electron');
  return electron.executable;
}

/** @type {readonly Suite[]} */
const suites = [
  {
    name: 'lint',
    needs: [],
    start: () => ({
      command: process.execPath,
      args: [
        packageFile('@biomejs', 'biome', 'bin', 'biome'),
        'ci',
        ...(process.stdout.isTTY ? [] : ['--colors=off']),
        root,
      ],
    }),
  },
  {
    name: 'types',
    needs: [],
    start: () => ({ command: process.execPath, args: [packageFile('typescript', 'bin', 'tsc'), '-b', root] }),
  },
  {
    name: 'unit',
    needs: [],
    start: (reportFile) => ({ command: process.execPath, args: vitestArguments(reportFile, ['unit']) }),
    count: countVitest,
  },
  {
    name: 'kernels',
    needs: ['native'],
    start: (reportFile) => ({
      command: nativeOutputs.tests,
      args: ['--json', reportFile, '--math', unpackMath(join(dirname(reportFile), 'math-cpu'))],
    }),
    count: countNative,
  },
  {
    // The CUDA kernels' logic, without a device: see native/cuda_on_host/README.md.
    name: 'cuda-on-host',
    needs: ['native'],
    start: (reportFile) => ({
      command: nativeOutputs.tests,
      // The case of 4160 tokens takes minutes on fibers.
      args: [
        ...['--backend', nativeOutputs.cudaOnHost, '--json', reportFile],
        ...['--numerics', unpackNumerics(join(dirname(reportFile), 'numerics'), ['bf16-yarn-long'])],
        ...['--math', unpackMath(join(dirname(reportFile), 'math-cuda'))],
      ],
    }),
    count: countNative,
  },
  {
    name: 'native',
    needs: ['native', 'cli'],
    start: (reportFile) => ({ command: process.execPath, args: vitestArguments(reportFile, ['native']) }),
    count: countVitest,
  },
  {
    // Electron's Node differs where it hurts an addon: no external buffers, another memory cage.
    name: 'native-electron',
    needs: ['electron', 'native', 'cli'],
    start: (reportFile) => ({
      command: electronExecutable(),
      args: vitestArguments(reportFile, ['native']),
      env: { ELECTRON_RUN_AS_NODE: '1' },
    }),
    count: countVitest,
  },
  {
    name: 'e2e',
    needs: ['electron', 'native', 'app'],
    display: true,
    start: (reportFile) => ({
      command: process.execPath,
      args: [packageFile('@playwright', 'test', 'cli.js'), 'test', '--reporter=list,json'],
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
    }),
    count: countPlaywright,
  },
  {
    name: 'package',
    needs: ['electron', 'native', 'app'],
    display: true,
    start: (reportFile) => ({ command: process.execPath, args: vitestArguments(reportFile, ['package']) }),
    count: countVitest,
  },
];

/** Set by Ctrl-C or a request to end: the running suite is ended and no other begins. */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interruption.abort());

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number | null>} exit code; null when it could not start or was killed
 */
function runShown(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' });
    const end = () => child.kill('SIGTERM');
    interruption.signal.addEventListener('abort', end);
    /** @param {number | null} code */
    const finish = (code) => {
      interruption.signal.removeEventListener('abort', end);
      resolve(code);
    };
    child.once('error', () => finish(null));
    child.once('close', finish);
  });
}

/** @param {readonly string[]} args */
function chooseSuites(args) {
  const at = args.indexOf('--only');
  if (at < 0) return suites;
  const names = (args[at + 1] ?? '').split(',');
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new SetupError(
      `No suite "${unknown.join(', ')}"; there are: ${suites.map((suite) => suite.name).join(', ')}.`,
    );
  }
  return suites.filter((suite) => names.includes(suite.name));
}

/**
 * @param {Suite} suite
 * @param {string} reportFile
 * @param {NodeJS.ProcessEnv} env
 */
async function runSuite(suite, reportFile, env) {
  const { command, args, env: extra } = suite.start(reportFile);
  const stopHeartbeat = startHeartbeat(suite.name);
  const code = await runShown(command, args, { ...env, ...extra });
  stopHeartbeat();
  if (suite.count) return judgeRunner(suite.name, code, readJsonIfAny(reportFile), suite.count);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0, notes: [] };
}

await runMain(async () => {
  const chosen = chooseSuites(process.argv.slice(2));
  const counts = [];
  const work = mkdtempSync(join(tmpdir(), 'draftscope-run-'));
  // Whatever the suites and their runners leave behind goes with it, after a crash and Ctrl-C too.
  const scratch = join(work, 'tmp');
  mkdirSync(scratch);
  /** @type {Awaited<ReturnType<typeof startXvfb>> | undefined} */
  let xvfb;
  try {
    try {
      await ensureAll(allNeeds.filter((need) => chosen.some((suite) => suite.needs.includes(need))));
      if (chosen.some((suite) => suite.display) && !hasDisplay()) xvfb = await startXvfb();
    } catch (error) {
      // No suite ran, but the last line stays what readers of it expect.
      process.stdout.write(`${error instanceof SetupError ? error.message : error}\n0 passed, 1 failed, 0 skipped\n`);
      return 1;
    }
    const ownTemporary = { TMPDIR: scratch, TMP: scratch, TEMP: scratch };
    const env = { ...process.env, ...ownTemporary, ...(xvfb ? { DISPLAY: xvfb.display } : {}) };
    for (const suite of chosen) {
      if (interruption.signal.aborted) {
        counts.push({ passed: 0, failed: 1, skipped: 0, notes: [] });
        process.stdout.write(`\n=== ${suite.name}: not run, interrupted\n`);
        break;
      }
      process.stdout.write(`\n=== ${suite.name}\n`);
      const begun = performance.now();
      const result = await runSuite(suite, join(work, `${suite.name}.json`), env);
      counts.push(result);
      for (const note of result.notes) process.stdout.write(`    ${note}\n`);
      process.stdout.write(
        `=== ${suite.name}: ${closingLine([result])}, ${formatSeconds(performance.now() - begun)}\n`,
      );
    }
  } finally {
    await xvfb?.stop();
    rmSync(work, { recursive: true, force: true, maxRetries: 3 });
  }
  process.stdout.write(`\n${closingLine(counts)}\n`);
  return counts.some((count) => count.failed > 0) ? 1 : 0;
});
