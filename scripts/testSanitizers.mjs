/**
 * `npm run test:sanitizers`: the native tests, built with AddressSanitizer and UndefinedBehaviorSanitizer and then with
 * ThreadSanitizer, each in a folder of its own. CUDA is left out: sanitizers know nothing of devices, nor of the fibers of
 * the emulation. `--only address` or `--only thread` runs one of them. Arguments after it go to native_tests.
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
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
  await mustRun('The build', 'cmake', ['--build', folder, '--parallel', jobs, '--target', 'native_tests']);
  const data = join(folder, 'data');
  const numerics = ['--numerics', unpackNumerics(join(data, 'numerics'), leftOut)];
  const code = await new Promise((resolve, reject) => {
    const tests = spawn(
      join(folder, 'native_tests'),
      [...numerics, '--math', unpackMath(join(data, 'math')), ...more],
      {
        stdio: 'inherit',
        env: { ...process.env, ...environment },
      },
    );
    tests.once('error', reject);
    tests.once('exit', resolve);
  });
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
