/**
 * Bundles the TypeScript: `app` = renderer, preload, main and engine; `cli` = the command line; `bench` = the benchmark. Every package is
 * bundled in, except electron and what Node brings. Usage: node scripts/build.mjs [app|cli|bench|all]
 */
import { builtinModules } from 'node:module';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { runMain, say } from './progress.mjs';
import { inRoot, root, SetupError } from './project.mjs';

const nodeBuiltins = [/^node:/, ...builtinModules];

/** @type {import('vite').InlineConfig} */
const common = { configFile: false, logLevel: 'warn', clearScreen: false };

function buildRenderer() {
  return build({
    ...common,
    root: inRoot('renderer'),
    base: './',
    plugins: [react()],
    build: {
      outDir: inRoot('out', 'renderer'),
      emptyOutDir: true,
      chunkSizeWarningLimit: 2000,
      license: { fileName: 'licenses.md' },
    },
  });
}

/**
 * One file for a Node-like runtime.
 * @param {{ entry: string, outDir: string, fileName: string, format: 'es' | 'cjs', target: string }} bundle
 */
function buildForNode({ entry, outDir, fileName, format, target }) {
  return build({
    ...common,
    root,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: inRoot(entry),
      outDir: inRoot(outDir),
      emptyOutDir: false,
      copyPublicDir: false,
      minify: false,
      // What is bundled in is passed on, and its licences with it.
      license: { fileName: `${fileName}.licenses.md` },
      target,
      rolldownOptions: {
        external: ['electron', ...nodeBuiltins],
        output: { format, entryFileNames: fileName, codeSplitting: false },
      },
    },
  });
}

const electronTarget = 'node24';
/** @type {Record<string, () => Promise<unknown>[]>} */
const parts = {
  app: () => [
    buildRenderer(),
    buildForNode({
      entry: 'electron/main/main.ts',
      outDir: 'out/main',
      fileName: 'main.js',
      format: 'es',
      target: electronTarget,
    }),
    buildForNode({
      entry: 'electron/engine/engineMain.ts',
      outDir: 'out/main',
      fileName: 'engine.js',
      format: 'es',
      target: electronTarget,
    }),
    // A sandboxed preload cannot be an ES module.
    buildForNode({
      entry: 'electron/preload/preload.ts',
      outDir: 'out/preload',
      fileName: 'preload.cjs',
      format: 'cjs',
      target: electronTarget,
    }),
  ],
  bench: () => [
    buildForNode({
      entry: 'bench/main.ts',
      outDir: 'out/bench',
      fileName: 'bench.js',
      format: 'es',
      target: 'node20',
    }),
  ],
  cli: () => [
    buildForNode({
      entry: 'electron/cli/cli.ts',
      outDir: 'out/cli',
      fileName: 'cli.js',
      format: 'es',
      target: 'node20',
    }),
  ],
};

await runMain(async () => {
  const asked = process.argv[2] ?? 'all';
  const names = asked === 'all' ? ['app', 'cli'] : [asked];
  for (const name of names) {
    const part = parts[name];
    if (part === undefined)
      throw new SetupError(`Unknown part "${name}"; known: ${Object.keys(parts).join(', ')}, all.`);
    await Promise.all(part());
    say(`built ${name}`);
  }
});
