/** The device that is chosen is the one that loads and decodes. The second device is the host emulation of CUDA. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { greedy, singleRank } from '../../electron/common/domain.ts';
import type { FailureCode } from '../../electron/common/failure.ts';
import { toFailure } from '../../electron/common/failure.ts';
import { Session } from '../../electron/engine/session/session.ts';
import { inRoot } from '../../scripts/project.mjs';
import { addonWithEmulation, emulationReason, emulationVariables } from './emulation.ts';
import { ScratchFolder } from './nativeSupport.ts';

let folder: ScratchFolder;
let session: Session;

beforeAll(async () => {
  folder = new ScratchFolder();
  const addonPath = addonWithEmulation(folder.path);
  session = new Session({ addonPath, version: 'test', threads: 1, emit: () => undefined, emitStep: () => undefined });
  expect(await session.open(inRoot('assets/demo-model'))).toMatchObject({ ok: true });
  session.makePlan(singleRank);
});

afterEach(() => {
  delete process.env[emulationVariables.memory];
});

afterAll(async () => {
  await session?.end();
  folder.dispose();
});

const choose = (choice: Parameters<Session['handlers']['device.choose']>[0]['choice']) =>
  session.handlers['device.choose']({ choice });
const decode = () =>
  session.decode({
    prompt: 'In the beginning',
    maxTokens: 6,
    numSpeculativeTokens: 1,
    predictor: 'modules',
    sampling: greedy,
    paceMillis: 0,
  });
const loadedOn = async () => (await session.handlers['session.state']({})).load?.backend;
async function refusal(work: () => unknown): Promise<{ code: FailureCode; message: string; hint: string }> {
  try {
    await work();
  } catch (error) {
    return toFailure(error);
  }
  throw new Error('nothing was refused');
}

describe.skipIf(emulationReason !== '')(`choice of device${emulationReason}`, () => {
  it('starts on the CPU, and tells both devices and what each could hold', () => {
    const { choice, active, backends } = session.device;
    expect({ choice, active }).toEqual({ choice: { kind: 'cpu' }, active: 'cpu' });
    expect(backends.map(({ id, available }) => [id, available])).toEqual([
      ['cpu', true],
      ['cuda:0', true],
    ]);
    expect(backends[1]?.driver).toMatch(/^CUDA \d/);
    expect(session.memoryNeed().devices.map(({ id }) => id)).toEqual(['cpu', 'cuda:0']);
  });

  it('loads and decodes on the device that is chosen, and on the other one after another choice', async () => {
    const onCpu = await decode();
    expect(await loadedOn()).toBe('cpu');
    expect(await choose({ kind: 'auto' })).toMatchObject({ active: 'cuda:0' });
    const onCuda = await decode();
    expect(await loadedOn()).toBe('cuda');
    expect(onCuda.outputIds).toEqual(onCpu.outputIds);
    await choose({ kind: 'cpu' });
    expect((await session.load(1)).backend).toBe('cpu');
    await choose({ kind: 'cuda', index: 0 });
    expect((await session.load(1)).backend).toBe('cuda');
  });

  it('refuses a device that is not there, and keeps the one before', async () => {
    await choose({ kind: 'cpu' });
    expect(await refusal(() => choose({ kind: 'cuda', index: 7 }))).toMatchObject({
      code: 'backendUnavailable',
      message: 'There is no device cuda:7.',
    });
    expect(session.device.choice).toEqual({ kind: 'cpu' });
  });

  it('counts values on either device while it reads them, by tensor, when it is asked to', async () => {
    const tensor = session.checkpoint?.tensors.findIndex(({ name }) => name === 'model.norm.weight') ?? -1;
    const counted = () => session.handlers['load.statistics']({ tensor });
    await choose({ kind: 'cpu' });
    await session.load(2);
    expect(await counted()).toBeNull();
    await session.load(2, true);
    const onCpu = await counted();
    expect(onCpu).toMatchObject({ name: 'target/model.norm.weight', count: 256, nanCount: 0 });
    await choose({ kind: 'cuda', index: 0 });
    await session.load(2, true);
    expect(await counted()).toEqual(onCpu);
  });

  it('refuses what does not fit before anything is let go of, with the sum and what would fit', async () => {
    await choose({ kind: 'cpu' });
    await session.load(1);
    process.env[emulationVariables.memory] = '33000000';
    await choose({ kind: 'cuda', index: 0 });
    const loading = await refusal(() => session.load(1));
    expect(loading).toMatchObject({ code: 'outOfMemory' });
    expect(loading.message).toMatch(/^Rank 0 of 1 needs 21\.54 MB of memory .* and 1\d\.\d\d MB are free\.$/);
    expect(loading.hint).toContain('one of 2 ranks');
    const running = await refusal(() => decode());
    expect(running.message).toMatch(/^Running the whole model needs .*weights 21\.54 MB, KV cache of \d+ tokens/);
    expect(await loadedOn()).toBe('cpu');
    const need = session.memoryNeed();
    expect(need.devices.find(({ id }) => id === 'cuda:0')?.smaller?.ranks).toBe(2);
    session.makePlan({ ...singleRank, tensorParallelSize: 2, enableExpertParallel: true });
    expect(await session.load(1)).toMatchObject({ status: 'done', failure: null });
    expect(await loadedOn()).toBe('cuda');
  });
});
