import { afterAll, afterEach, beforeAll } from 'vitest';
import type {
  NativeDevice,
  NativeParameterSpec,
  NativeWeightStore,
  StoredDtype,
} from '../../electron/engine/kernels/kernels.ts';
import { openLibrary, ScratchFolder } from './nativeSupport.ts';

/** A CPU device and a scratch folder for the tests of a file; stores made through it are closed after each test. */
export function storeFixture() {
  let device: NativeDevice;
  let folder: ScratchFolder;
  const stores: NativeWeightStore[] = [];
  beforeAll(() => {
    device = openLibrary().openDevice('cpu', { threads: 2 });
    folder = new ScratchFolder();
  });
  afterEach(() => {
    for (const store of stores.splice(0)) store.close();
  });
  afterAll(() => {
    device.close();
    folder.dispose();
  });
  return {
    get device() {
      return device;
    },
    get folder() {
      return folder;
    },
    storeOf(...parameters: NativeParameterSpec[]): NativeWeightStore {
      const store = device.createStore(parameters);
      stores.push(store);
      return store;
    },
  };
}

export function parameter(dtype: StoredDtype, ...shape: number[]): NativeParameterSpec {
  return { name: `parameter ${dtype} ${shape.join('x')}`, dtype, shape };
}
