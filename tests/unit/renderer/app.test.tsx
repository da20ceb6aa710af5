// @vitest-environment happy-dom
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeFailure } from '../../../electron/common/failure.ts';
import { App } from '../../../renderer/App.tsx';
import { watchIdle } from '../../../renderer/idleSignal.ts';
import { createStores } from '../../../renderer/stores/createStores.ts';
import { fakeClient, settle } from './fakeClient.ts';
import {
  sampleCheckpoint,
  sampleDevice,
  sampleLoad,
  sampleNeed,
  samplePlacement,
  samplePlan,
  sampleRun,
  sampleSteps,
} from './samples.ts';

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}
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

const byTestId = (id: string) => place.querySelector<HTMLElement>(`[data-testid="${id}"]`);
const button = (name: string) => {
  const found = [...place.querySelectorAll('button')].find((element) => element.textContent?.trim() === name);
  if (!found) throw new Error(`no button "${name}"`);
  return found;
};

async function show() {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  await act(async () => root.render(<App stores={stores} />));
  await act(async () => {
    fake.status({ status: 'running', pid: 1 });
    fake.connect();
    fake.last('session.state').resolve({
      device: sampleDevice(),
      checkpoint: sampleCheckpoint(),
      plan: samplePlan(),
      load: null,
      decode: null,
      version: '1',
    });
    await settle();
  });
  await act(async () => {
    fake.last('memory.need').resolve(sampleNeed(500));
    await settle();
  });
  return { fake, stores };
}

describe('the window', () => {
  it('shows the verdict, and the other views by click and by key', async () => {
    const { fake } = await show();
    expect(byTestId('verdict')?.textContent).toBe('Would load.');
    await act(async () => button('Load').click());
    expect(byTestId('load-empty')).not.toBeNull();
    await act(async () => window.dispatchEvent(new KeyboardEvent('keydown', { key: '4' })));
    expect(byTestId('placement-grid')).toBeNull();
    await act(async () => {
      fake.last('placement.make').resolve(samplePlacement());
      await settle();
    });
    expect(byTestId('placement-grid')).not.toBeNull();
    expect(byTestId('policy-in-force')?.textContent).toBe('linear');
    expect(byTestId('policy-reason')?.textContent).toBe(
      'Not honoured. Round robin does not go together with redundant experts.',
    );
    expect(byTestId('most-memory-rank')?.textContent).toBe('rank 0');
    expect(byTestId('mismatches')?.textContent).toBe('2 cells');
  });

  it('says what computes and why CUDA does not, in the pane and behind the chip', async () => {
    await show();
    expect(byTestId('backend')?.textContent).toBe('CPU2 threads');
    const lists = [...place.querySelectorAll('[data-testid="backend-list"]')];
    expect(lists).toHaveLength(2);
    for (const list of lists) expect(list.textContent).toContain('No CUDA driver.');
  });

  it('gives every token of the strip its verdict, and a step its story', async () => {
    const { fake } = await show();
    await act(async () => button('Draft').click());
    await act(async () => {
      fake.emit('decode.started', sampleRun({ maxTokens: 5 }));
      fake.emit('decode.steps', sampleSteps(2, [1, 2]));
      fake.emit('decode.ended', sampleRun({ maxTokens: 5, status: 'done', endReason: 'length' }));
    });
    const tokens = [...(byTestId('token-strip')?.querySelectorAll<HTMLElement>('[data-verdict]') ?? [])];
    expect(tokens.map((token) => token.dataset.verdict)).toEqual([
      'prompt',
      'prompt',
      'first',
      'accepted',
      'rejected',
      'recovered',
      'accepted',
      'accepted',
      'bonus',
    ]);
    expect(tokens.filter((token) => token.dataset.beyond).map((token) => token.dataset.verdict)).toEqual(['bonus']);
    await act(async () => tokens[4]?.click());
    expect(byTestId('step-story')?.textContent).toContain('Step 1: 1 of 2 accepted, then recovered');
  });

  it('replays a run that is over: strip, figures and steps follow the slider, and a new run shows all again', async () => {
    const { fake } = await show();
    await act(async () => button('Draft').click());
    await act(async () => {
      fake.emit('decode.started', sampleRun({ maxTokens: 50 }));
      fake.emit('decode.steps', sampleSteps(2, [0, 2, 2]));
    });
    const slider = () => place.querySelector<HTMLInputElement>('input[type="range"]');
    expect(slider()).toBeNull();
    await act(async () => fake.emit('decode.ended', sampleRun({ maxTokens: 50, status: 'done', endReason: 'length' })));
    const shownSteps = () => byTestId('token-strip')?.querySelectorAll('[data-step]').length;
    expect(shownSteps()).toBe(3);
    await act(async () => {
      const range = slider();
      if (!range) throw new Error('no slider');
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(range, '1');
      range.dispatchEvent(new Event('input', { bubbles: true }));
    });
    expect(shownSteps()).toBe(1);
    expect(byTestId('mean-length')?.textContent).toBe('1.00');
    await act(async () => {
      fake.emit('decode.started', sampleRun({ run: 2, maxTokens: 50 }));
      fake.emit('decode.steps', sampleSteps(2, [1, 1], 2));
      fake.emit('decode.ended', sampleRun({ run: 2, maxTokens: 50, status: 'done', endReason: 'length' }));
    });
    expect(shownSteps()).toBe(2);
  });

  it('tells how far a run has come before its first token, and lets the load be cancelled', async () => {
    const { fake, stores } = await show();
    await act(async () => button('Draft').click());
    await act(async () => button('Step').click());
    expect(byTestId('starting')?.textContent).toMatch(/^The prompt goes through the model.*0 s so far/);
    await act(async () => fake.emit('load.progress', sampleLoad({ bytesRead: 200, micros: 1e6 })));
    expect(byTestId('starting')?.textContent).toMatch(/^Reading the weights200 B of 500 B · 200 B\/scancel/);
    await act(async () => button('cancel').click());
    expect(fake.asked.at(-1)?.command).toBe('load.cancel');
    await act(async () => fake.emit('decode.started', sampleRun()));
    expect(byTestId('starting')).toBeNull();
    expect(stores.decode.getState().status.kind).toBe('known');
  });

  it('says what could not be opened: message, hint, and the path last', async () => {
    const { fake } = await show();
    await act(async () =>
      fake.emit('checkpoint.failed', makeFailure('notACheckpoint', 'No config.json here.', { path: 'some/folder' })),
    );
    const box = byTestId('failure');
    expect(box?.getAttribute('role')).toBe('alert');
    expect([...(box?.querySelectorAll('p') ?? [])].map((line) => line.textContent)).toEqual([
      'No config.json here.',
      'Choose the folder that holds config.json and the .safetensors files.',
      'some/folder',
    ]);
  });

  it('survives the engine: says that it stopped, once, and restarts it', async () => {
    const { fake } = await show();
    await act(async () => button('Draft').click());
    await act(async () => fake.emit('decode.started', sampleRun()));
    await act(async () =>
      fake.status({ status: 'stopped', failure: makeFailure('engineStopped', 'The engine died.') }),
    );
    expect(byTestId('engine-stopped')?.textContent).toContain('The engine died.');
    expect(place.querySelectorAll('[role="alert"]')).toHaveLength(1);
    await act(async () => button('Restart').click());
    expect(fake.opened).toEqual(['restart']);
    await act(async () => fake.status({ status: 'running', pid: 2 }));
    expect(byTestId('engine-stopped')).toBeNull();
  });

  it('shows names from files as text', async () => {
    const { fake } = await show();
    const checkpoint = { ...sampleCheckpoint(), name: '<img src=x>' };
    await act(async () => {
      fake.emit('checkpoint.opened', checkpoint);
      fake.emit('plan.ready', samplePlan());
    });
    expect(place.querySelector('h1')?.textContent).toBe('<img src=x>');
    expect(place.querySelector('img')).toBeNull();
  });
});

describe('the idle signal', () => {
  it('is true two frames after the last change, and false from the moment that work begins', async () => {
    const frames: (() => void)[] = [];
    const realFrame = window.requestAnimationFrame;
    window.requestAnimationFrame = (callback) => frames.push(() => callback(0));
    const drawFrame = () => {
      for (const frame of frames.splice(0)) frame();
    };
    try {
      const { stores } = await show();
      const element = document.createElement('div');
      frames.length = 0;
      watchIdle(stores, element);
      expect(element.dataset.idle).toBe('false');
      drawFrame();
      expect(element.dataset.idle).toBe('false');
      drawFrame();
      expect(element.dataset.idle).toBe('true');
      await act(async () => void stores.plan.change({ tensorParallelSize: 2 }));
      expect(element.dataset.idle).toBe('false');
      drawFrame();
      drawFrame();
      expect(element.dataset.idle).toBe('false');
    } finally {
      window.requestAnimationFrame = realFrame;
    }
  });

  it('waits for charts that are renewed at their own pace', async () => {
    const { fake, stores } = await show();
    const element = document.createElement('div');
    watchIdle(stores, element);
    await act(async () => button('Draft').click());
    for (const asked of fake.asked) if (asked.command === 'memory.need') asked.resolve(sampleNeed(500));
    const steps = sampleSteps(2, [0, 2, 2]);
    await act(async () => {
      fake.emit('decode.started', sampleRun({ maxTokens: 50 }));
      fake.emit('decode.steps', steps.slice(0, 1));
    });
    await act(async () => {
      fake.emit('decode.steps', steps.slice(1));
      fake.emit('decode.ended', sampleRun({ maxTokens: 50, status: 'done', endReason: 'length' }));
    });
    expect(byTestId('mean-length')?.textContent).toBe('1.00');
    // The chart's own timer draws it, outside of any act.
    globalThis.IS_REACT_ACT_ENVIRONMENT = false;
    try {
      await vi.waitFor(() => expect(element.dataset.idle).toBe('true'), 3000);
    } finally {
      globalThis.IS_REACT_ACT_ENVIRONMENT = true;
    }
    expect(byTestId('mean-length')?.textContent).toBe('2.33');
  });
});
