// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError } from '../../../electron/common/failure.ts';
import { App } from '../../../renderer/App.tsx';
import { createStores } from '../../../renderer/stores/createStores.ts';
import { fakeClient, settle } from './fakeClient.ts';
import { sampleCheckpoint, sampleDevice, sampleNeed, samplePlan } from './samples.ts';

globalThis.IS_REACT_ACT_ENVIRONMENT = true;

let root: Root;
let place: HTMLElement;
beforeEach(() => {
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
});

const all = (id: string) => [...place.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const panel = () => {
  const [found] = all('device-panel');
  if (!found) throw new Error('no device panel');
  return found;
};
const button = (name: string) => {
  const found = [...panel().querySelectorAll('button')].find((element) => element.textContent?.trim() === name);
  if (!found) throw new Error(`no button "${name}"`);
  return found;
};

/** The Overview of a window whose engine says that one rank needs so many bytes of 1,000. */
async function show(needed: number) {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  await act(async () => root.render(<App stores={stores} />));
  await act(async () => {
    fake.status({ status: 'running', pid: 1 });
    fake.connect();
    const state = { checkpoint: sampleCheckpoint(), plan: samplePlan(), load: null, decode: null, version: '1' };
    fake.last('session.state').resolve({ device: sampleDevice(), ...state });
    await settle();
  });
  await act(async () => {
    fake.last('memory.need').resolve(sampleNeed(needed));
    await settle();
  });
  return { fake, stores };
}

describe('the device panel', () => {
  it('names every device with kernels and memory, or says why it is not there', async () => {
    await show(500);
    const [cpu, cuda] = all('device');
    expect(cpu?.textContent).toBe('cpuA processor, avx512 kernels, 2 threads1.00 kB of 2.00 kB free');
    expect(cuda?.textContent).toBe('cudaNo CUDA driver.');
    expect(button('cpu').getAttribute('aria-pressed')).toBe('true');
    expect(button('cuda:0').disabled).toBe(true);
  });

  it('says of each rank and of running whether it fits', async () => {
    await show(950);
    const words = all('need').map((row) => row.textContent);
    expect(words).toEqual(['rank 0950 Bfits', 'to run, 4,096 tokens1.04 kBtoo large']);
    expect(all('would-fit')).toEqual([]);
  });

  it('offers a set-up that fits where the present one does not', async () => {
    const { fake } = await show(5000);
    expect(all('need')[0]?.textContent).toContain('too large');
    expect(all('would-fit')[0]?.textContent).toContain('One of 2 ranks (tp 2, dp 1) needs 700 B and fits.');
    await act(async () => button('Set up 2 ranks').click());
    expect(fake.last('plan.make').input).toMatchObject({ parallel: { tensorParallelSize: 2 } });
  });

  it('offers to share embedding and head, and shows what that needs', async () => {
    const { fake } = await show(950);
    const box = () => panel().querySelector<HTMLInputElement>('input[type="checkbox"]');
    expect(box()?.closest('label')?.textContent).toContain('would save 10 B');
    expect(box()?.checked).toBe(false);
    await act(async () => box()?.click());
    expect(fake.last('tables.share').input).toEqual({ shared: true });
    expect(box()?.checked).toBe(true);
    await act(async () => {
      fake.last('tables.share').resolve({});
      await settle();
    });
    await act(async () => {
      fake.last('memory.need').resolve({ ...sampleNeed(940), sharesTables: true });
      await settle();
    });
    expect(box()?.checked).toBe(true);
    expect(box()?.closest('label')?.textContent).toContain('saves 10 B');
    expect(all('need')[0]?.textContent).toBe('rank 0940 Bfits');

    await act(async () => box()?.click());
    await act(async () => {
      fake.last('tables.share').reject(new FailureError('internal', 'No such command.'));
      await settle();
    });
    expect(box()?.checked).toBe(true);
    expect(all('memory-failure')[0]?.textContent).toContain('No such command.');
  });

  it('offers no sharing where the MTP layers have nothing of their own', async () => {
    const { fake, stores } = await show(950);
    const need = sampleNeed(950);
    await act(async () => {
      const asked = stores.memory.ask();
      const ranks = need.ranks.map((rank) => ({ ...rank, ownTables: 0 }));
      fake.last('memory.need').resolve({ ...need, ranks, run: null });
      await asked;
    });
    expect(panel().querySelector('input[type="checkbox"]')).toBeNull();
  });

  it('asks the engine for another device, shows it when it is in force, and says why it is not', async () => {
    const { fake, stores } = await show(500);
    await act(async () => button('auto').click());
    expect(fake.last('device.choose').input).toEqual({ choice: { kind: 'auto' } });
    await act(async () => {
      fake.last('device.choose').resolve({ ...sampleDevice(), choice: { kind: 'auto' } });
      await settle();
    });
    expect(button('auto').getAttribute('aria-pressed')).toBe('true');
    await act(async () => {
      const choosing = stores.engine.chooseDevice({ kind: 'cuda', index: 3 });
      fake.last('device.choose').reject(new FailureError('backendUnavailable', 'There is no device cuda:3.'));
      await choosing;
    });
    expect(all('device-failure')[0]?.textContent).toContain('There is no device cuda:3.');
    expect(button('auto').getAttribute('aria-pressed')).toBe('true');
  });
});
