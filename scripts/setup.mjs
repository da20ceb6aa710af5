/**
 * Brings a checkout to where it runs, skipping what is done. Top-level imports are node: modules and siblings like it:
 * it works in a clone without node_modules. Usage: node scripts/setup.mjs [packages electron native app cli]
 */
import { ensureBuild } from './ensureBuild.mjs';
import { ensureElectron, findElectron } from './ensureElectron.mjs';
import { ensureNative, nativeIsFresh } from './ensureNative.mjs';
import { ensureNodeModules } from './ensureNodeModules.mjs';
import { ensureSystem } from './ensureSystem.mjs';
import { runMain, Steps } from './progress.mjs';
import { inRoot, isMainModule, SetupError } from './project.mjs';
import { underLock } from './setupLock.mjs';

/** @typedef {'electron' | 'native' | 'app' | 'cli'} Need */

/** @type {readonly Need[]} */
export const allNeeds = ['electron', 'native', 'app', 'cli'];

/**
 * @param {readonly Need[]} needs the npm packages always come first, they need no asking
 * @param {{ quietWhenDone?: boolean }} [options]
 */
export async function ensureAll(needs, options) {
  /** @type {[string, (begin: () => void) => Promise<string | void>][]} */
  const steps = [['npm packages', ensureNodeModules]];
  if (needs.includes('electron')) steps.push(['Electron binary', ensureElectron]);
  if (needs.includes('electron') || needs.includes('native')) {
    steps.push([
      'system libraries and tools',
      (begin) =>
        ensureSystem(begin, {
          electron: needs.includes('electron') ? (findElectron()?.executable ?? null) : null,
          compiler: needs.includes('native') && !nativeIsFresh(),
        }),
    ]);
  }
  if (needs.includes('native')) steps.push(['native addon', ensureNative]);
  if (needs.includes('app')) steps.push(['app bundle', (begin) => ensureBuild(begin, 'app')]);
  if (needs.includes('cli')) steps.push(['command line bundle', (begin) => ensureBuild(begin, 'cli')]);
  const progress = new Steps(steps.length, options);
  await underLock(inRoot('out', '.setup-lock'), async () => {
    for (const [name, work] of steps) await progress.run(name, work);
  });
}

if (isMainModule(import.meta.url)) {
  await runMain(async () => {
    const asked = process.argv.slice(2);
    const needs = asked.length === 0 ? allNeeds : allNeeds.filter((need) => asked.includes(need));
    const unknown = asked.filter((name) => name !== 'packages' && !allNeeds.some((need) => need === name));
    if (unknown.length > 0)
      throw new SetupError(`Unknown: ${unknown.join(', ')}; known: packages, ${allNeeds.join(', ')}.`);
    await ensureAll(needs);
  });
}
