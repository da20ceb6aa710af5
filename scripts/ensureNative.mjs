/** Configures and builds native/ with CMake when its sources or tools changed. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fingerprint, isFresh, writeStamp } from './fingerprint.mjs';
import { mustRun } from './progress.mjs';
import { findInPath, inRoot, readJsonIfAny, root, SetupError } from './project.mjs';

export const nativeBuild = inRoot('native', 'build');
const nativeSource = inRoot('native');
const stampFile = join(nativeBuild, '.stamp');
const sharedSuffix = process.platform === 'darwin' ? '.dylib' : process.platform === 'win32' ? '.dll' : '.so';
const executableSuffix = process.platform === 'win32' ? '.exe' : '';
const libraryPrefix = process.platform === 'win32' ? '' : 'lib';

/** What CMake leaves in native/build; the CUDA backend only where a CUDA compiler was found. */
export const nativeOutputs = {
  addon: join(nativeBuild, 'draftscope.node'),
  cpu: join(nativeBuild, `${libraryPrefix}draftscope_cpu${sharedSuffix}`),
  cuda: join(nativeBuild, `${libraryPrefix}draftscope_cuda${sharedSuffix}`),
  /** The CUDA sources on the host emulation: for tests, never shipped. */
  cudaOnHost: join(nativeBuild, `${libraryPrefix}draftscope_cuda_on_host${sharedSuffix}`),
  tests: join(nativeBuild, `native_tests${executableSuffix}`),
  bench: join(nativeBuild, `native_bench${executableSuffix}`),
};
const requiredOutputs = [nativeOutputs.addon, nativeOutputs.cpu, nativeOutputs.tests, nativeOutputs.bench];

/** Sources and the tools that change what comes out of them. */
function wantedStamp() {
  const headerVersions = ['node-addon-api', 'node-api-headers'].map(
    (name) => readJsonIfAny(inRoot('node_modules', name, 'package.json'))?.version,
  );
  const tools = [process.platform, process.arch, process.env.CXX, process.env.CUDACXX, findInPath('nvcc')];
  return fingerprint(root, [nativeSource], {
    skippedNames: new Set(['build']),
    salt: JSON.stringify([headerVersions, tools]),
  });
}

/** A build folder remembers absolute paths: one that came from another checkout cannot be used. */
function removeForeignBuild() {
  const cache = join(nativeBuild, 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8'))?.[1];
  if (home !== nativeSource.replaceAll('\\', '/')) rmSync(nativeBuild, { recursive: true, force: true });
}

export function nativeIsFresh() {
  return isFresh(stampFile, wantedStamp(), requiredOutputs);
}

/** @param {() => void} begin called before anything slow */
export async function ensureNative(begin) {
  const wanted = wantedStamp();
  if (nativeIsFresh()) return;
  begin();
  removeForeignBuild();
  await mustRun('CMake', 'cmake', ['-S', nativeSource, '-B', nativeBuild, '-DCMAKE_BUILD_TYPE=Release']);
  const jobs = String(availableParallelism());
  await mustRun('The native build', 'cmake', ['--build', nativeBuild, '--config', 'Release', '--parallel', jobs]);
  const missing = requiredOutputs.filter((file) => !existsSync(file));
  if (missing.length > 0) throw new SetupError(`The native build ended without ${missing.join(', ')}.`);
  writeStamp(stampFile, wanted);
  return existsSync(nativeOutputs.cuda) ? 'built with the CPU and CUDA backends' : 'built with the CPU backend';
}
