/** The native library of a session and the device that was chosen: opened at first use, missing or broken it is a sentence. */
import { availableParallelism } from 'node:os';
import type { DeviceState } from '../../common/contract.ts';
import type { DeviceChoice, DeviceId } from '../../common/domain.ts';
import { type Failure, FailureError, makeFailure } from '../../common/failure.ts';
import type { BackendReport, NativeDevice, NativeLibrary } from '../kernels/kernels.ts';
import { loadNativeLibrary, unavailableReport } from '../kernels/nativeKernels.ts';
import { describeError } from './nativeFailure.ts';

export class NativeHost {
  readonly #addonPath: string;
  #choice: DeviceChoice;
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

  /** One report per device, and one per backend that has none; never throws. */
  backends(): readonly BackendReport[] {
    const library = this.#load();
    if (!('code' in library)) return library.backends();
    return [unavailableReport('cpu', 0, `${library.message} ${library.hint}`)];
  }

  state(): DeviceState {
    const backends = this.backends().map((report) => ({ ...report }));
    const id = chosenId(this.#choice, backends);
    const active = backends.some((report) => report.id === id && report.available) ? id : null;
    return { backends, choice: this.#choice, active };
  }

  /**
   * Chooses the device that openDevice opens from now on.
   * @throws FailureError backendUnavailable; the choice stays as it was
   */
  choose(choice: DeviceChoice): DeviceState {
    const backends = this.backends();
    const id = chosenId(choice, backends);
    const report = backends.find((candidate) => candidate.id === id);
    if (report?.available !== true)
      throw new FailureError('backendUnavailable', report?.detail ?? `There is no device ${id}.`);
    this.#choice = choice;
    return this.state();
  }

  /** The chosen device, opened once; another one is let go of. @throws FailureError nativeMissing, backendUnavailable */
  openDevice(): NativeDevice {
    const library = this.#load();
    if ('code' in library) throw new FailureError(library.code, library.message, library);
    const choice = this.#choice;
    // Only "auto" has to look at what there is.
    const id = chosenId(choice, choice.kind === 'auto' ? library.backends() : []);
    try {
      if (this.#device !== null && this.#device.report.id === id) return this.#device;
      this.close();
      const { threads } = this;
      this.#device =
        id === 'cpu'
          ? library.openDevice('cpu', { threads })
          : library.openDevice('cuda', { threads, deviceIndex: Number(id.slice('cuda:'.length)) });
      return this.#device;
    } catch (error) {
      throw new FailureError('backendUnavailable', describeError(error).message);
    }
  }

  /** Lets go of the device; what was made on it keeps it open until it is closed itself. */
  close(): void {
    this.#device?.close();
    this.#device = null;
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

/** @param backends only looked at for "auto": the first CUDA device that can be used, else the CPU */
function chosenId(choice: DeviceChoice, backends: readonly BackendReport[]): DeviceId {
  if (choice.kind === 'cuda') return `cuda:${choice.index}`;
  if (choice.kind === 'cpu') return 'cpu';
  return backends.find(({ kind, available }) => kind === 'cuda' && available)?.id ?? 'cpu';
}
