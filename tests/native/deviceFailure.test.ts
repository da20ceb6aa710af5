/** What a full and a lost device look like above the addon. The device is the host emulation of CUDA. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { NativeDevice } from '../../electron/engine/kernels/kernels.ts';
import { loadNativeLibrary } from '../../electron/engine/kernels/nativeKernels.ts';
import { describeError } from '../../electron/engine/session/nativeFailure.ts';
import { addonWithEmulation, emulationReason, emulationVariables } from './emulation.ts';
import { ScratchFolder } from './nativeSupport.ts';
import { config, loadedStore } from './tinyModel.ts';

let folder: ScratchFolder;
let device: NativeDevice | null = null;

beforeAll(() => {
  folder = new ScratchFolder();
});

afterEach(() => {
  device?.close();
  device = null;
  for (const name of Object.values(emulationVariables)) delete process.env[name];
});

afterAll(() => folder.dispose());

/** A device of an addon beside which the emulation lies as the CUDA backend. */
function openEmulation(): NativeDevice {
  device = loadNativeLibrary(addonWithEmulation(folder.path)).openDevice('cuda', { threads: 0 });
  return device;
}

async function failureOf(work: () => unknown) {
  try {
    await work();
  } catch (error) {
    return describeError(error);
  }
  throw new Error('nothing failed');
}

describe.skipIf(emulationReason !== '')(`device failures${emulationReason}`, () => {
  it('a full device is outOfMemory, with the parameter and the bytes', async () => {
    process.env[emulationVariables.memory] = '1000000';
    const opened = openEmulation();
    const shape = [600_000];
    const failure = await failureOf(() =>
      opened.createStore([
        { name: 'first.weight', dtype: 'U8', shape },
        { name: 'second.weight', dtype: 'U8', shape },
      ]),
    );
    expect(failure.code).toBe('outOfMemory');
    expect(failure.message).toMatch(
      /^second\.weight: .*600000 bytes were asked for, 400000 of the device's 1000000 are free\.$/,
    );
  });

  it('a device lost in a pass is deviceLost, then and later, and the hint says to restart the engine', async () => {
    const opened = openEmulation();
    const sequence = (await loadedStore(opened, folder)).createModel(config).createSequence(8);
    const pass = () => sequence.targetPass(Int32Array.of(1, 2), 0, { logitRows: 'last', top: 1 });
    await pass();
    process.env[emulationVariables.lose] = '1';
    const failure = await failureOf(pass);
    expect(failure.code).toBe('deviceLost');
    expect(failure.message).toMatch(/the device was lost while .*started again/);
    expect(failure.hint).toMatch(/^Restart the engine \(File menu\)/);
    delete process.env[emulationVariables.lose];
    expect((await failureOf(pass)).code).toBe('deviceLost');
    const more = () => opened.createStore([{ name: 'more', dtype: 'U8', shape: [64] }]);
    expect((await failureOf(more)).code).toBe('deviceLost');
  });
});
