import { copyFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackendReport, NativeLibrary } from '../../electron/engine/kernels/kernels.ts';
import { loadNativeLibrary } from '../../electron/engine/kernels/nativeKernels.ts';
import { addonPath, expectThrow, openLibrary, ScratchFolder, untyped } from './nativeSupport.ts';

let library: NativeLibrary;
let folder: ScratchFolder;

beforeAll(() => {
  library = openLibrary();
  folder = new ScratchFolder();
});

afterAll(() => folder.dispose());

function reportOf(from: NativeLibrary, kind: string): BackendReport {
  const report = from.backends().find((candidate) => candidate.kind === kind);
  if (!report) throw new Error(`no report about ${kind}`);
  return report;
}

/** A library whose backends are the given files, copied next to the addon. Built for systems with .so libraries. */
function libraryBeside(name: string, backends: Record<string, string | Buffer>): NativeLibrary {
  const addon = folder.file(`${name}.node`);
  copyFileSync(addonPath, addon);
  for (const [file, content] of Object.entries(backends)) {
    if (typeof content === 'string') copyFileSync(content, folder.file(file));
    else writeFileSync(folder.file(file), content);
  }
  return loadNativeLibrary(addon);
}

describe('backend reports', () => {
  it('names every known backend once', () => {
    expect(library.backends().map((report) => report.kind)).toEqual(['cpu', 'cuda']);
  });

  it('describes the processor', () => {
    const report = reportOf(library, 'cpu');
    expect(report.available).toBe(true);
    expect(report.detail).toMatch(/^.+, \w+/);
    expect(report.threads).toBeGreaterThan(0);
    expect(report.memoryFree).toBeGreaterThan(0);
    expect(report.memoryTotal).toBeGreaterThanOrEqual(report.memoryFree);
  });

  it('has a usable CUDA device or one sentence that says why not', () => {
    const report = reportOf(library, 'cuda');
    if (report.available) {
      expect(report.detail).toMatch(/, sm_\d+$/);
      expect(report.memoryTotal).toBeGreaterThan(0);
    } else {
      expect(report.detail).toMatch(/^(No CUDA backend: it was not built|CUDA backend built, but no ).*\.$/);
      expect(report).toMatchObject({ threads: 0, memoryTotal: 0, memoryFree: 0 });
      expectThrow(() => library.openDevice('cuda', { threads: 0 }), 'deviceError', /CUDA|NVIDIA/);
    }
  });

  it.skipIf(process.platform !== 'linux')('says that a backend was not built, or cannot be opened', () => {
    const alone = libraryBeside('alone', {});
    expect(reportOf(alone, 'cpu').detail).toMatch(/^No CPU backend: .*npm run build:native\.$/);
    expect(reportOf(alone, 'cuda').detail).toBe(
      'No CUDA backend: it was not built (nvcc not found when the addon was compiled).',
    );
    expectThrow(() => alone.openDevice('cpu', { threads: 1 }), 'deviceError', /npm run build:native/);

    const broken = libraryBeside('broken', {
      'libdraftscope_cpu.so': Buffer.from('not a library'),
      // A library, but not a backend.
      'libdraftscope_cuda.so': addonPath,
    });
    expect(reportOf(broken, 'cpu').detail).toMatch(/^CPU backend built, but cannot open the backend library: .+\.$/);
    expect(reportOf(broken, 'cuda').detail).toMatch(/^CUDA backend built, but .+ no ds_backend_entry\.$/);
    expectThrow(() => broken.openDevice('cpu', { threads: 1 }), 'ioError', /cannot open the backend library/);
    expectThrow(() => broken.openDevice('cuda', { threads: 1 }), 'unsupported', /no ds_backend_entry/);
  });
});

describe('loading the addon', () => {
  it('says how to build a missing addon', () => {
    const missing = join(dirname(addonPath), 'missing', 'draftscope.node');
    expectThrow(() => loadNativeLibrary(missing), 'ioError', /npm run build:native/);
  });

  it('says that a file is no addon', () => {
    const path = folder.file('text.node');
    writeFileSync(path, 'text');
    expectThrow(() => loadNativeLibrary(path), 'ioError', /cannot be loaded.*npm run build:native/);
  });
});

describe('opening a device', () => {
  it('uses the number of threads asked for', () => {
    const device = library.openDevice('cpu', { threads: 3 });
    expect(device.report).toMatchObject({ kind: 'cpu', available: true, threads: 3 });
    device.close();
  });

  it.each([[-1], [1.5], [1e9], ['two'], [undefined], [Number.NaN]])('refuses %s threads', (threads) => {
    const open = () => library.openDevice('cpu', { threads: untyped<number>(threads) });
    expectThrow(open, 'invalidArgument', /^options\.threads must be an integer from 0 to \d+\.$/);
  });

  it('is closed once and for all', () => {
    const device = library.openDevice('cpu', { threads: 1 });
    device.close();
    device.close();
    expectThrow(() => device.createStore([]), 'invalidArgument', /^This Device is closed\.$/);
  });
});
