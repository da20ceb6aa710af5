/** The native library of a session: loaded at first use, missing or broken it is a sentence. */
import { availableParallelism } from 'node:os';
import type { DeviceChoice } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure } from '../../common/failure.ts';
import type { BackendReport, NativeDevice, NativeLibrary } from '../kernels/kernels.ts';
import { loadNativeLibrary } from '../kernels/nativeKernels.ts';
import { describeError } from './nativeFailure.ts';

export class NativeHost {
  readonly #addonPath: string;
  readonly #choice: DeviceChoice;
  /** Compute threads, and readers where nobody says otherwise. */
  readonly threads: number;
  #library: NativeLibrary | Failure | null = null;
  #device: NativeDevice | null = null;

  /** @param threads 0 = one per core */
  constructor(addonPath: string, threads: number, choice: DeviceChoice = { kind: 'cpu' }) {
    this.#addonPath = addonPath;
    this.#choice = choice;
    this.threads = threads > 0 ? threads : availableParallelism();
  }

  /** One report per known backend; never throws. */
  backends(): readonly BackendReport[] {
    const library = this.#load();
    if (!('code' in library)) return library.backends();
    const detail = `${library.message} ${library.hint}`;
    return [{ kind: 'cpu', available: false, detail, threads: 0, memoryTotal: 0, memoryFree: 0 }];
  }

  /** The chosen device, opened once. @throws FailureError nativeMissing, backendUnavailable */
  openDevice(): NativeDevice {
    const library = this.#load();
    if ('code' in library) throw new FailureError(library.code, library.message, library);
    try {
      this.#device ??= this.#open(library);
      return this.#device;
    } catch (error) {
      throw new FailureError('backendUnavailable', describeError(error).message);
    }
  }

  #open(library: NativeLibrary): NativeDevice {
    const { threads } = this;
    const choice = this.#choice;
    if (choice.kind === 'cuda') return library.openDevice('cuda', { threads, deviceIndex: choice.index });
    const hasCuda = library.backends().some(({ kind, available }) => kind === 'cuda' && available);
    return library.openDevice(choice.kind === 'auto' && hasCuda ? 'cuda' : 'cpu', { threads });
  }

  #load(): NativeLibrary | Failure {
    if (this.#library === null) {
      try {
        this.#library = loadNativeLibrary(this.#addonPath);
      } catch (error) {
        this.#library = makeFailure('nativeMissing', error instanceof Error ? error.message : String(error));
      }
    }
    return this.#library;
  }
}
