import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkNative, checkTypescript } from './importRules.ts';
import { findImports, findIncludes } from './importScanner.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !path.startsWith('native/build/'));
}

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const exists = (path: string) => existsSync(join(root, path));

describe('rooms', () => {
  const typescript = [...filesBelow('electron', /\.tsx?$/), ...filesBelow('renderer', /\.tsx?$/)];
  const native = filesBelow('native', /\.(h|hpp|cpp|cc|cu|cuh)$/);

  it('TypeScript imports only what the allow-list names', () => {
    expect(typescript.length).toBeGreaterThan(40);
    expect(typescript.flatMap((path) => checkTypescript(path, read(path)))).toEqual([]);
  });

  it('native code includes only what the allow-list names', () => {
    expect(native.length).toBeGreaterThan(20);
    expect(native.flatMap((path) => checkNative(path, read(path), exists))).toEqual([]);
  });

  it('only nativeKernels loads an addon', () => {
    const loaders = typescript.filter((path) => /createRequire|process\.dlopen/.test(read(path)));
    expect(loaders).toEqual(['electron/engine/kernels/nativeKernels.ts']);
  });

  it('only engineClient touches window.draftscope', () => {
    const users = filesBelow('renderer', /\.tsx?$/).filter((path) =>
      /window\.draftscope|globalThis\.draftscope/.test(read(path)),
    );
    expect(users).toEqual(['renderer/engineClient.ts']);
  });
});

describe('the checker itself', () => {
  it('names who may not import whom, and what is allowed', () => {
    const planted = "import { readFileSync } from 'node:fs';\nimport { Session } from '../session/session.ts';";
    expect(checkTypescript('electron/engine/loading/planted.ts', planted)).toEqual([
      'electron/engine/loading/planted.ts (loading) may not import node:fs (node:fs); allowed: common',
      'electron/engine/loading/planted.ts (loading) may not import electron/engine/session/session.ts (session); allowed: common',
    ]);
  });

  it.each([
    ['electron/common/planted.ts', "export * from 'node:path';"],
    ['electron/engine/placement/planted.ts', "import '../loading/loadPlan.ts';"],
    ['electron/engine/decoding/planted.ts', "const tokenizers = await import('@huggingface/tokenizers');"],
    ['electron/engine/kernels/planted.ts', "const addon = require('node:module');"],
    ['electron/main/planted.ts', "import type { Session } from '../engine/session/session.ts';"],
    ['renderer/widgets/planted.tsx', "import type { Plan } from '../../electron/common/contract.ts';"],
    ['renderer/views/planted.tsx', "import { failureCodes } from '../../electron/common/failure.ts';"],
    ['electron/nowhere/planted.ts', ''],
  ])('catches a violation planted in %s', (path, source) => {
    expect(checkTypescript(path, source)).toHaveLength(1);
  });

  it('lets types through where only types are allowed', () => {
    const source = "import type { Plan } from '../../electron/common/contract.ts';";
    expect(checkTypescript('renderer/views/planted.tsx', source)).toEqual([]);
  });

  it.each([
    ['native/addon/planted.cpp', '#include <cuda_runtime.h>'],
    ['native/addon/planted.cpp', '#include "cpu/device.h"'],
    ['native/cpu/planted.cpp', '#include <napi.h>'],
    ['native/cuda/planted.cu', '  #  include <node_api.h>'],
    ['native/model/planted.cpp', '#include "cpu/device.h"'],
  ])('catches an include planted in %s: %s', (path, source) => {
    expect(checkNative(path, source, exists)).toHaveLength(1);
  });
});

describe('the scanner', () => {
  it('finds every kind of import', () => {
    const source = [
      "import a, { b as c } from './a.ts';",
      "import type { D } from './d.ts';",
      "import './side.css';",
      "export { e } from './e.ts';",
      "export type { F } from './f.ts';",
      "export * from './g.ts';",
      "const h = await import('./h.ts');",
      "import type from './i.ts';",
    ].join('\n');
    expect(findImports(source)).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: './d.ts', typeOnly: true },
      { specifier: './side.css', typeOnly: false },
      { specifier: './e.ts', typeOnly: false },
      { specifier: './f.ts', typeOnly: true },
      { specifier: './g.ts', typeOnly: false },
      { specifier: './h.ts', typeOnly: false },
      { specifier: './i.ts', typeOnly: false },
    ]);
  });

  it('is not fooled by comments, strings, templates and regular expressions', () => {
    const source = [
      "// import './no.ts';",
      "/* export * from './no.ts'; */",
      'const text = "import \'./no.ts\'";',
      `const template = \`import "./no.ts" \${\`from "./no.ts"\`}\`;`,
      'const pattern = /["\'`]/;',
      "const word = Array.from('no');",
      "import { yes } from './yes.ts';",
    ].join('\n');
    expect(findImports(source)).toEqual([{ specifier: './yes.ts', typeOnly: false }]);
  });

  it('finds includes outside of comments', () => {
    expect(findIncludes('#include <a.h>\n/* #include <b.h> */\n  # include "c/d.h" // why\n// #include <e.h>')).toEqual(
      ['a.h', 'c/d.h'],
    );
  });
});
