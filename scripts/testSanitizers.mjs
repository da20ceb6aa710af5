/**
 * `npm run test:sanitizers`: the native tests and the addon under hostile arguments, built with AddressSanitizer and
 * UndefinedBehaviorSanitizer, and then the native tests with ThreadSanitizer, each in a folder of its own. CUDA is left out: sanitizers know nothing of devices, nor of the fibers of
 * the emulation. `--only address` or `--only thread` runs one of them. Arguments after it go to native_tests.
 */
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { nativeBuild } from './ensureNative.mjs';
import { mustRun, runMain, say } from './progress.mjs';
import { inRoot, SetupError } from './project.mjs';
import { unpackMath, unpackNumerics } from './unpackNumerics.mjs';

/** @type {Readonly<Record<string, { sanitize: string, environment: NodeJS.ProcessEnv, leftOut: string[] }>>} */
const kinds = {
  address: {
    sanitize: 'address,undefined',
    // Asked for a petabyte, the backend must answer; the sanitizer's own allocator would end the process instead.
    environment: {
      ASAN_OPTIONS: 'allocator_may_return_null=1:detect_leaks=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    },
    leftOut: ['bf16-yarn-long'],
  },
  thread: {
    sanitize: 'thread',
    environment: { TSAN_OPTIONS: 'halt_on_error=1' },
    leftOut: ['bf16-yarn-long'],
  },
};

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Promise<number>} its exit code
 */
function run(program, args, environment) {
  return new Promise((resolve, reject) => {
    const started = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...environment } });
    started.once('error', reject);
    started.once('exit', (code) => resolve(code ?? 1));
  });
}

/**
 * The addon's arguments in a Node that has the sanitizers' libraries in it. Node leaves memory to the end of the process, so
 * leaks are not looked for.
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} environment
 */
async function fuzzAddon(folder, environment) {
  const compiler = process.env.CXX ?? 'c++';
  const libraries = ['asan', 'ubsan'].map((name) =>
    spawnSync(compiler, [`-print-file-name=lib${name}.so`], { encoding: 'utf8' }).stdout?.trim(),
  );
  if (libraries.some((path) => path === undefined || !isAbsolute(path))) {
    say(`the addon's arguments: left out, ${compiler} names no shared libasan and libubsan`);
    return 0;
  }
  const vitest = inRoot('node_modules/vitest/vitest.mjs');
  return run(process.execPath, [vitest, 'run', '--project=native', inRoot('tests/native/argumentFuzz.test.ts')], {
    ...environment,
    ASAN_OPTIONS: 'allocator_may_return_null=1:detect_leaks=0',
    DRAFTSCOPE_ADDON: join(folder, 'draftscope.node'),
    DRAFTSCOPE_FUZZ_PRELOAD: libraries.join(':'),
  });
}

/**
 * @param {string} kind
 * @param {readonly string[]} more
 * @returns {Promise<boolean>} whether all passed
 */
async function runKind(kind, more) {
  const { sanitize, environment, leftOut } = kinds[kind] ?? { sanitize: '', environment: {}, leftOut: [] };
  const folder = join(nativeBuild, `sanitize-${kind}`);
  say(`${sanitize}: building in ${folder}`);
  const options = ['-DCMAKE_BUILD_TYPE=Release', `-DDRAFTSCOPE_SANITIZE=${sanitize}`];
  const withoutCuda = ['-DDRAFTSCOPE_CUDA_ON_HOST=OFF', '-DCMAKE_CUDA_COMPILER=NOTFOUND'];
  await mustRun('CMake', 'cmake', ['-S', inRoot('native'), '-B', folder, ...options, ...withoutCuda]);
  const jobs = String(availableParallelism());
  await mustRun('The build', 'cmake', [
    '--build',
    folder,
    '--parallel',
    jobs,
    '--target',
    'native_tests',
    // The addon is fuzzed with the first of the two alone.
    ...(kind === 'address' ? ['draftscope', 'draftscope_cpu'] : []),
  ]);
  const data = join(folder, 'data');
  const numerics = ['--numerics', unpackNumerics(join(data, 'numerics'), leftOut)];
  const math = ['--math', unpackMath(join(data, 'math'))];
  const ofTests = await run(join(folder, 'native_tests'), [...numerics, ...math, ...more], environment);
  const ofAddon = kind === 'address' ? await fuzzAddon(folder, environment) : 0;
  const code = ofTests || ofAddon;
  say(`${sanitize}: ${code === 0 ? 'clean' : `failed with exit code ${code}`}`);
  return code === 0;
}

await runMain(async () => {
  const [option, only, ...rest] = process.argv.slice(2);
  const chosen = option === '--only' ? Object.keys(kinds).filter((kind) => kind === only) : Object.keys(kinds);
  if (chosen.length === 0) throw new SetupError(`--only takes ${Object.keys(kinds).join(' or ')}, not "${only}".`);
  const more = option === '--only' ? rest : process.argv.slice(2);
  let clean = true;
  for (const kind of chosen) clean = (await runKind(kind, more)) && clean;
  return clean ? 0 : 1;
});
