/** A cancelled load leaves nothing behind: not in the memory of the device, not in that of the process. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { singleRank } from '../../electron/common/domain.ts';
import type { NativeDevice } from '../../electron/engine/kernels/kernels.ts';
import { loadNativeLibrary } from '../../electron/engine/kernels/nativeKernels.ts';
import { runLoad } from '../../electron/engine/session/loadRun.ts';
import type { WeightPlan } from '../../electron/engine/session/weightPlan.ts';
import { addonWithEmulation, emulationReason, emulationVariables } from './emulation.ts';
import { openLibrary, readItem, ScratchFolder, sourceFile } from './nativeSupport.ts';
import { parameter } from './storeFixture.ts';

const tensorBytes = 32 << 20;
const tensors = 16;
const totalBytes = tensorBytes * tensors;

let folder: ScratchFolder;
let device: NativeDevice | null = null;
beforeAll(() => {
  folder = new ScratchFolder();
});
afterEach(() => {
  device?.close();
  device = null;
  delete process.env[emulationVariables.memory];
});
afterAll(() => folder.dispose());

/** 512 MiB from a file full of holes into as many parameters as tensors. */
function largePlan(): WeightPlan {
  const path = folder.file('large.bin');
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, totalBytes);
  closeSync(descriptor);
  const each = Array.from({ length: tensors }, (_, at) => at);
  return {
    parallel: singleRank,
    parameters: each.map((at) => ({ ...parameter('U8', tensorBytes), name: `p${at}` })),
    ownTableBytes: 0,
    sharesTables: false,
    parameterBytes: totalBytes,
    unfilled: { target: [], drafter: [] },
    files: [sourceFile(path)],
    items: each.map((at) =>
      readItem({ srcDtype: 'U8', rows: 1, cols: tensorBytes, parameter: at, fileOffset: at * tensorBytes }),
    ),
    tensorOfItem: Int32Array.from(each),
    groupOfTensor: new Int32Array(tensors),
    groups: [{ id: 'target', label: 'Target model', kind: 'loaded', tensors, bytes: totalBytes }],
  };
}

/** Loads until an eighth was read, or all of it. */
async function load(on: NativeDevice, cancelled: boolean) {
  const abort = new AbortController();
  let touched = 0;
  const { state, store } = await runLoad(
    { run: 1, checkpointId: 1 },
    largePlan(),
    new Float64Array(tensors).fill(tensorBytes),
    on,
    { threads: 2, statistics: false },
    {
      progress: ({ bytesRead }) => {
        touched = Math.max(touched, bytesRead);
      },
      reads: () => undefined,
      began: (hold) => {
        if (!cancelled) return;
        // Asked between the engine's own looks, so that some is read and much is left.
        const look = () => {
          const { bytesRead } = hold.pause(false);
          if (bytesRead >= totalBytes / 8) abort.abort();
          else setImmediate(look);
        };
        setImmediate(look);
      },
    },
    abort.signal,
  );
  store?.close();
  return { state, touched };
}

describe('a cancelled load', () => {
  it.skipIf(emulationReason !== '')(`gives the device every byte back${emulationReason}`, async () => {
    process.env[emulationVariables.memory] = String(4 * totalBytes);
    device = loadNativeLibrary(addonWithEmulation(folder.path)).openDevice('cuda', { threads: 1 });
    // The device keeps the memory through which it reads, so the first load counts for nothing.
    expect((await load(device, false)).state.status).toBe('done');
    const before = device.memoryFree();
    expect(before).toBeGreaterThan(0);
    const { state } = await load(device, true);
    expect(state.status).toBe('cancelled');
    expect(state.bytesRead).toBeGreaterThan(0);
    expect(state.bytesRead).toBeLessThan(totalBytes);
    expect(device.memoryFree()).toBe(before);
  });

  it('gives the process its memory back', async () => {
    device = openLibrary().openDevice('cpu', { threads: 2 });
    await load(device, true);
    const before = process.memoryUsage().rss;
    let most = 0;
    for (let turn = 0; turn < 8; turn++) {
      const { state } = await load(device, true);
      expect(state.status).toBe('cancelled');
      most += state.bytesRead;
    }
    // What eight loads had filled when they were cancelled would be seen if it stayed.
    expect(most).toBeGreaterThan(64 << 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(most / 4);
  });
});
