/**
 * What the operating system must bring: Electron's shared libraries, a virtual display where there is none, and the
 * compiler of the native addon. Installed only by root on Debian and Ubuntu; elsewhere the one line to run is printed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { listFiles } from './fingerprint.mjs';
import { mustRun, runQuietly } from './progress.mjs';
import { findInPath, hasDisplay, SetupError } from './project.mjs';

const libraryPackages = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libxss1',
  'libatk-bridge2.0-0',
  'libxtst6',
  'libdrm2',
];
const displayPackages = ['xvfb', 'xauth'];
const fontPackages = ['fonts-dejavu-core'];

/**
 * @param {string} lddOutput
 * @returns {string[]} names of the libraries that the loader did not find
 */
export function missingLibraries(lddOutput) {
  return [...lddOutput.matchAll(/^\s*(\S+) => not found/gm)].map((match) => match[1] ?? '');
}

function hasFonts() {
  const folders = ['/usr/share/fonts', '/usr/local/share/fonts'];
  return folders.some((folder) => listFiles(folder).some((file) => /\.(ttf|otf|ttc)$/.test(file)));
}

/**
 * Everything that is missing for the given work.
 * @param {{ electron: string | null, compiler: boolean }} needs electron = its executable
 * @returns {Promise<{ what: string[], packages: string[] }>} what = for the sentence, packages = Debian names
 */
export async function findMissing(needs) {
  const what = [];
  const packages = [];
  if (needs.electron !== null && process.platform === 'linux') {
    const ldd = await runQuietly('ldd', [needs.electron]);
    const missing = missingLibraries(ldd.output);
    if (missing.length > 0) {
      what.push(`libraries of Electron (${missing.join(', ')})`);
      packages.push(...libraryPackages);
    }
    if (!hasDisplay() && findInPath('Xvfb') === null) {
      what.push('a virtual display (Xvfb)');
      packages.push(...displayPackages);
    }
    if (!hasDisplay() && !hasFonts()) {
      what.push('a font');
      packages.push(...fontPackages);
    }
  }
  if (needs.compiler) {
    /** @type {[string, readonly string[], string][]} */
    const tools = [
      ['cmake', ['cmake'], 'cmake'],
      ['a C++ compiler', ['c++', 'g++', 'clang++', 'cl'], 'g++'],
      ['make or ninja', ['make', 'ninja', 'nmake'], 'make'],
    ];
    const explicitCompiler = Boolean(process.env.CXX);
    for (const [name, commands, debianName] of tools) {
      if (commands.some((command) => findInPath(command) !== null)) continue;
      if (debianName === 'g++' && explicitCompiler) continue;
      // Visual Studio's tools are found by CMake itself, not through PATH.
      if (process.platform === 'win32' && name !== 'cmake') continue;
      what.push(name);
      packages.push(debianName);
    }
  }
  return { what, packages };
}

function isDebianLike() {
  if (!existsSync('/etc/os-release') || findInPath('apt-get') === null) return false;
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/**
 * Newer Debian and Ubuntu releases carry some libraries under a name with t64 at its end.
 * @param {readonly string[]} packages
 */
async function currentNames(packages) {
  const names = [];
  for (const name of packages) {
    const { code, stdout } = await runQuietly('apt-cache', ['policy', `${name}t64`]);
    const exists = code === 0 && /Candidate: (?!\(none\))\S/.test(stdout);
    names.push(exists ? `${name}t64` : name);
  }
  return names;
}

/**
 * The one line that a person must run.
 * @param {readonly string[]} packages
 * @returns {Promise<string>}
 */
async function installLine(packages) {
  if (isDebianLike()) {
    const names = (await currentNames(packages)).join(' ');
    return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${names}`;
  }
  const compilerOnly = packages.every((name) => ['cmake', 'g++', 'make'].includes(name));
  if (process.platform === 'darwin' && compilerOnly) return 'xcode-select --install; brew install cmake';
  if (process.platform === 'win32' && compilerOnly) return 'winget install Kitware.CMake';
  if (findInPath('dnf')) {
    return 'sudo dnf install -y gtk3 nss alsa-lib mesa-libgbm libXScrnSaver at-spi2-atk libXtst libdrm xorg-x11-server-Xvfb dejavu-sans-fonts cmake gcc-c++ make';
  }
  return `sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/**
 * @param {() => void} begin called before anything slow
 * @param {{ electron: string | null, compiler: boolean }} needs
 */
export async function ensureSystem(begin, needs) {
  const missing = await findMissing(needs);
  if (missing.packages.length === 0) return;
  if (process.getuid?.() !== 0 || !isDebianLike()) {
    throw new SetupError(
      `Missing on this machine: ${missing.what.join(', ')}. Run this, then start again:\n${await installLine(missing.packages)}`,
    );
  }
  begin();
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await mustRun('apt-get update', 'apt-get', ['update'], { env });
  const names = await currentNames([
    ...new Set([...missing.packages, ...(needs.electron === null ? [] : fontPackages)]),
  ]);
  await mustRun('apt-get install', 'apt-get', ['install', '-y', '--no-install-recommends', ...names], { env });
  const left = await findMissing(needs);
  if (left.what.length > 0) {
    throw new SetupError(`Still missing after installing ${names.join(' ')}: ${left.what.join(', ')}.`);
  }
  return `installed ${missing.what.join(', ')}`;
}
