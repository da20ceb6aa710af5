import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DeviceId } from '../../common/domain.ts';
import {
  type BackendKind,
  type BackendReport,
  type NativeDevice,
  NativeError,
  type NativeErrorCode,
  type NativeLibrary,
  type NativeLoadOptions,
  type NativeLoadProgress,
  type NativeModel,
  type NativeModelConfig,
  type NativeMtpPass,
  type NativeParameterSpec,
  type NativePassOptions,
  type NativePassOutput,
  type NativeReadItem,
  type NativeReads,
  type NativeSequence,
  type NativeSourceFile,
  type NativeStatistics,
  type NativeWeightStore,
} from './kernels.ts';

/** What the addon says about an opened device. */
interface AddonDescription {
  readonly kind: string;
  readonly name: string;
  readonly instructions: string;
  readonly driver: string;
  readonly threads: number;
  readonly memoryTotal: number;
  readonly memoryFree: number;
}

type AddonProbe =
  | ({ readonly available: true } & AddonDescription)
  | { readonly available: false; readonly code: NativeErrorCode; readonly message: string };

interface AddonDevice {
  describe(): AddonDescription;
  createStore(parameters: readonly NativeParameterSpec[]): NativeWeightStore;
  close(): void;
}

/** The exports of draftscope.node. Its stores, models and sequences have the shapes of kernels.ts. */
interface Addon {
  deviceCount(libraryPath: string): number;
  probe(libraryPath: string, deviceIndex: number): AddonProbe;
  openDevice(libraryPath: string, options: { threads: number; deviceIndex: number }): AddonDevice;
}

const backendKinds: readonly BackendKind[] = ['cpu', 'cuda'];

/** Every code, or this does not compile. */
export const nativeErrorCodes: Readonly<Record<NativeErrorCode, true>> = {
  invalidArgument: true,
  outOfMemory: true,
  ioError: true,
  shortRead: true,
  unsupported: true,
  deviceError: true,
  deviceLost: true,
  cancelled: true,
  internal: true,
};

function isNativeErrorCode(code: unknown): code is NativeErrorCode {
  return typeof code === 'string' && Object.hasOwn(nativeErrorCodes, code);
}

function toNativeError(error: unknown): NativeError {
  if (error instanceof NativeError) return error;
  if (!(error instanceof Error)) return new NativeError('internal', String(error));
  const code = 'code' in error ? error.code : undefined;
  return new NativeError(isNativeErrorCode(code) ? code : 'internal', error.message);
}

function calling<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toNativeError(error);
  }
}

async function awaiting<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toNativeError(error);
  }
}

class Sequence implements NativeSequence {
  private readonly inner: NativeSequence;
  constructor(inner: NativeSequence) {
    this.inner = inner;
  }
  get bytes(): number {
    return this.inner.bytes;
  }
  targetPass(tokens: Int32Array, firstRow: number, options: NativePassOptions): Promise<NativePassOutput> {
    return awaiting(() => this.inner.targetPass(tokens, firstRow, options));
  }
  mtpPass(pass: NativeMtpPass, tokens: Int32Array, options: NativePassOptions): Promise<NativePassOutput> {
    return awaiting(() => this.inner.mtpPass(pass, tokens, options));
  }
  close(): void {
    this.inner.close();
  }
}

class Model implements NativeModel {
  private readonly inner: NativeModel;
  constructor(inner: NativeModel) {
    this.inner = inner;
  }
  createSequence(maxRows: number, positions?: Int32Array): NativeSequence {
    return new Sequence(calling(() => this.inner.createSequence(maxRows, positions)));
  }
  close(): void {
    this.inner.close();
  }
}

class WeightStore implements NativeWeightStore {
  private readonly inner: NativeWeightStore;
  constructor(inner: NativeWeightStore) {
    this.inner = inner;
  }
  get bytes(): number {
    return this.inner.bytes;
  }
  load(
    files: readonly NativeSourceFile[],
    items: readonly NativeReadItem[],
    options: NativeLoadOptions,
  ): Promise<{ micros: number; bytes: number }> {
    return awaiting(() => this.inner.load(files, items, options));
  }
  progress(): NativeLoadProgress {
    return calling(() => this.inner.progress());
  }
  itemsDone(): Uint8Array {
    return calling(() => this.inner.itemsDone());
  }
  parameterBytes(): Float64Array {
    return calling(() => this.inner.parameterBytes());
  }
  takeReads(): NativeReads {
    return calling(() => this.inner.takeReads());
  }
  cancel(): void {
    calling(() => this.inner.cancel());
  }
  pause(): void {
    calling(() => this.inner.pause());
  }
  resume(): void {
    calling(() => this.inner.resume());
  }
  statistics(parameter: number): Promise<NativeStatistics> {
    return awaiting(() => this.inner.statistics(parameter));
  }
  createModel(config: NativeModelConfig): NativeModel {
    return new Model(calling(() => this.inner.createModel(config)));
  }
  close(): void {
    this.inner.close();
  }
}

class Device implements NativeDevice {
  readonly report: BackendReport;
  private readonly inner: AddonDevice;
  constructor(inner: AddonDevice, kind: BackendKind, index: number) {
    this.inner = inner;
    this.report = availableReport(
      kind,
      index,
      calling(() => inner.describe()),
    );
  }
  memoryFree(): number {
    return calling(() => this.inner.describe()).memoryFree;
  }
  createStore(parameters: readonly NativeParameterSpec[]): NativeWeightStore {
    return new WeightStore(calling(() => this.inner.createStore(parameters)));
  }
  close(): void {
    this.inner.close();
  }
}

function deviceId(kind: BackendKind, index: number): DeviceId {
  return kind === 'cpu' ? 'cpu' : `cuda:${index}`;
}

function availableReport(kind: BackendKind, index: number, description: AddonDescription): BackendReport {
  const { name, instructions, driver, threads, memoryTotal, memoryFree } = description;
  return {
    kind,
    id: deviceId(kind, index),
    available: true,
    name,
    instructions,
    driver,
    detail: `${name}, ${instructions}`,
    threads,
    memoryTotal,
    memoryFree,
  };
}

function libraryFileName(kind: BackendKind): string {
  if (process.platform === 'win32') return `draftscope_${kind}.dll`;
  return `libdraftscope_${kind}${process.platform === 'darwin' ? '.dylib' : '.so'}`;
}

/** What is told of a device that can't be used. */
export function unavailableReport(kind: BackendKind, index: number, detail: string): BackendReport {
  const id = deviceId(kind, index);
  const nothing = { name: '', instructions: '', driver: '', threads: 0, memoryTotal: 0, memoryFree: 0 };
  return { kind, id, available: false, detail, ...nothing };
}

const notBuilt: Record<BackendKind, string> = {
  cpu: 'No CPU backend: its library is not next to the addon; build it with npm run build:native.',
  cuda: 'No CUDA backend: it was not built (nvcc not found when the addon was compiled).',
};

const backendNames: Record<BackendKind, string> = { cpu: 'CPU', cuda: 'CUDA' };

class Library implements NativeLibrary {
  private readonly addon: Addon;
  private readonly folder: string;
  constructor(addon: Addon, folder: string) {
    this.addon = addon;
    this.folder = folder;
  }

  backends(): readonly BackendReport[] {
    return backendKinds.flatMap((kind) => this.reports(kind));
  }

  openDevice(kind: BackendKind, options: { threads: number; deviceIndex?: number }): NativeDevice {
    const path = this.libraryPath(kind);
    if (!existsSync(path)) throw new NativeError('deviceError', notBuilt[kind]);
    const deviceIndex = options.deviceIndex ?? 0;
    const inner = calling(() => this.addon.openDevice(path, { threads: options.threads, deviceIndex }));
    return new Device(inner, kind, deviceIndex);
  }

  private reports(kind: BackendKind): BackendReport[] {
    const path = this.libraryPath(kind);
    if (!existsSync(path)) return [unavailableReport(kind, 0, notBuilt[kind])];
    // Where there is none, asking for the first one tells why.
    const devices = Math.max(1, this.addon.deviceCount(path));
    return Array.from({ length: devices }, (_, index) => this.report(kind, path, index));
  }

  private report(kind: BackendKind, path: string, index: number): BackendReport {
    const probe = this.addon.probe(path, index);
    if (probe.available) return availableReport(kind, index, probe);
    // The model code says what it was doing before the backend's own words; here the sentence says it.
    const reason = probe.message.replace(/^opening the device: /, '').replace(/\.$/, '');
    return unavailableReport(kind, index, `${backendNames[kind]} backend built, but ${reason}.`);
  }

  private libraryPath(kind: BackendKind): string {
    return join(this.folder, libraryFileName(kind));
  }
}

/**
 * Loads the addon; its backend libraries are looked for in the same folder.
 * @param addonPath draftscope.node
 * @throws NativeError 'ioError' when the addon is missing or cannot be loaded
 */
export function loadNativeLibrary(addonPath: string): NativeLibrary {
  if (!existsSync(addonPath)) {
    throw new NativeError(
      'ioError',
      `The native addon has not been built; build it with npm run build:native: ${addonPath}`,
    );
  }
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(addonPath) as Addon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NativeError(
      'ioError',
      `The native addon cannot be loaded; rebuild it with npm run build:native: ${reason}`,
    );
  }
  return new Library(addon, dirname(addonPath));
}
