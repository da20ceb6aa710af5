import { describe, expect, it } from 'vitest';
import { greedy, singleRank } from '../../../electron/common/domain.ts';
import { FailureError, makeFailure } from '../../../electron/common/failure.ts';
import { createStores, isIdle } from '../../../renderer/stores/createStores.ts';
import { shownRun } from '../../../renderer/stores/decodeStore.ts';
import { ratesOf, shownLoad } from '../../../renderer/stores/loadStore.ts';
import { clampRank, countBySeverity, findingsBySeverity } from '../../../renderer/stores/planStore.ts';
import { createViewStore, readKept } from '../../../renderer/stores/viewStore.ts';
import { fakeClient, settle } from './fakeClient.ts';
import {
  noDevice,
  sampleCeiling,
  sampleCheckpoint,
  sampleLoad,
  samplePlan,
  sampleRun,
  sampleSteps,
} from './samples.ts';

const stoppedFailure = makeFailure('engineStopped', 'The engine died.');

const decodeRequest = {
  prompt: 'And',
  numSpeculativeTokens: 2,
  predictor: 'modules',
  sampling: greedy,
  maxTokens: 8,
  paceMillis: 0,
} as const;

/** Stores of a window whose engine has said that it holds the sample checkpoint. */
async function connectedStores() {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  fake.status({ status: 'running', pid: 1 });
  fake.connect();
  fake.last('session.state').resolve({
    device: noDevice,
    checkpoint: sampleCheckpoint(),
    plan: samplePlan(),
    load: null,
    decode: null,
    version: '1',
  });
  await settle();
  return { fake, stores };
}

/** The same after a run of two steps. */
async function afterARun() {
  const connected = await connectedStores();
  connected.fake.emit('decode.started', sampleRun());
  connected.fake.emit('decode.steps', sampleSteps(2, [1, 2]));
  connected.fake.emit('decode.ended', sampleRun({ status: 'done', endReason: 'length' }));
  return connected;
}

describe('synchronising', () => {
  it('shows what the engine holds and is idle then, not before', async () => {
    const fake = fakeClient();
    const stores = createStores(fake.client, null);
    expect(isIdle(stores)).toBe(false);
    fake.status({ status: 'running', pid: 1 });
    fake.connect();
    expect(isIdle(stores)).toBe(false);
    fake
      .last('session.state')
      .resolve({ device: noDevice, checkpoint: null, plan: null, load: null, decode: null, version: '1' });
    await settle();
    expect(isIdle(stores)).toBe(true);
    expect(stores.checkpoint.getState().status.kind).toBe('none');
    expect(stores.checkpoint.getState().recent).toEqual([{ name: 'tiny', folder: 'models/tiny' }]);
  });

  it('offers the first prompt and as many drafts as there are MTP layers', async () => {
    const { stores } = await connectedStores();
    expect(stores.view.getState().draftForm).toMatchObject({ prompt: 'And it came', numSpeculativeTokens: 3 });
  });

  it('is idle after the engine has stopped', async () => {
    const { fake, stores } = await connectedStores();
    fake.emit('load.progress', sampleLoad());
    expect(isIdle(stores)).toBe(false);
    fake.status({ status: 'stopped', failure: stoppedFailure });
    expect(isIdle(stores)).toBe(true);
    expect(stores.load.getState().status).toMatchObject({ load: { status: 'failed', failure: stoppedFailure } });
  });
});

describe('checkpointStore', () => {
  it('goes through opening to failed, and back to what the engine still holds', async () => {
    const { fake, stores } = await connectedStores();
    fake.emit('checkpoint.opening', { folder: 'f', files: 3, filesRead: 1 });
    expect(isIdle(stores)).toBe(false);
    fake.emit('checkpoint.failed', makeFailure('notACheckpoint', 'No config.json.', { path: 'f' }));
    expect(stores.checkpoint.getState().status).toMatchObject({ kind: 'failed', failure: { path: 'f' } });
    const held = { device: noDevice, plan: null, load: null, decode: null, version: '1' };
    fake.last('session.state').resolve({ ...held, checkpoint: sampleCheckpoint() });
    await settle();
    expect(stores.checkpoint.getState().status).toMatchObject({ kind: 'failed', kept: sampleCheckpoint().name });
    void stores.synchronise();
    fake.last('session.state').resolve({ ...held, checkpoint: sampleCheckpoint() });
    await settle();
    expect(stores.checkpoint.getState().status.kind).toBe('open');
  });

  it('offers no way back when the engine let go of what was open, or when another folder is being opened', async () => {
    const { fake, stores } = await connectedStores();
    const held = { device: noDevice, plan: null, load: null, decode: null, version: '1' };
    fake.emit('checkpoint.failed', makeFailure('notACheckpoint', 'No config.json.', { path: 'f' }));
    fake.last('session.state').resolve({ ...held, checkpoint: null });
    await settle();
    expect(stores.checkpoint.getState().status).toMatchObject({ kind: 'failed', kept: null });
    fake.emit('checkpoint.failed', makeFailure('notACheckpoint', 'No config.json.', { path: 'g' }));
    fake.emit('checkpoint.opening', { folder: 'h', files: 3, filesRead: 1 });
    fake.last('session.state').resolve({ ...held, checkpoint: sampleCheckpoint() });
    await settle();
    expect(stores.checkpoint.getState().status).toMatchObject({ kind: 'opening', folder: 'h' });
  });

  it('shows a refusal of main as a failure', async () => {
    const fake = fakeClient();
    const stores = createStores(
      { ...fake.client, bridge: { ...fake.client.bridge, openDemo: () => Promise.reject(new Error('gone')) } },
      null,
    );
    await stores.checkpoint.openDemo();
    expect(stores.checkpoint.getState().status).toMatchObject({ kind: 'failed', failure: { message: 'gone' } });
  });

  it('clears plan, load, run, filter and selection when another checkpoint opens', async () => {
    const { fake, stores } = await connectedStores();
    stores.mapping.narrow({ search: 'x' });
    fake.emit('load.progress', sampleLoad({ status: 'done' }));
    stores.selection.select({ kind: 'parameter', parameter: 0 });
    fake.emit('checkpoint.opened', sampleCheckpoint());
    expect(stores.plan.getState().status.kind).toBe('none');
    expect(stores.load.getState().status.kind).toBe('none');
    expect(stores.mapping.getState().filter.search).toBe('');
    expect(stores.selection.getState().selection.kind).toBe('none');
  });
});

describe('planStore', () => {
  it('keeps the rank inside the world and asks for the merged set-up', async () => {
    const { fake, stores } = await connectedStores();
    expect(clampRank({ ...singleRank, tensorParallelSize: 2, dataParallelSize: 2, rank: 7 }).rank).toBe(3);
    void stores.plan.change({ tensorParallelSize: 4, rank: 9 });
    expect(fake.last('plan.make').input).toEqual({ parallel: { ...singleRank, tensorParallelSize: 4, rank: 3 } });
  });

  it('lets only the last change count', async () => {
    const { fake, stores } = await connectedStores();
    void stores.plan.change({ tensorParallelSize: 2 });
    const slow = fake.last('plan.make');
    void stores.plan.change({ tensorParallelSize: 4 });
    fake.last('plan.make').resolve(samplePlan({ ...singleRank, tensorParallelSize: 4 }));
    await settle();
    slow.resolve(samplePlan({ ...singleRank, tensorParallelSize: 2 }));
    await settle();
    expect(stores.plan.getState().status).toMatchObject({
      kind: 'ready',
      plan: { parallel: { tensorParallelSize: 4 } },
    });
  });

  it('tells the story of the selected tensor anew after a new plan', async () => {
    const { fake, stores } = await connectedStores();
    void stores.selection.explain(2);
    fake.last('tensor.explain').reject(new Error('old'));
    await settle();
    void stores.plan.change({ tensorParallelSize: 2 });
    fake.last('plan.make').resolve(samplePlan());
    await settle();
    expect(fake.asked.filter((entry) => entry.command === 'tensor.explain')).toHaveLength(2);
  });

  it('orders findings by severity and counts them', () => {
    expect(findingsBySeverity(samplePlan()).map((finding) => finding.code)).toEqual(['a', 'b', 'c']);
    expect(countBySeverity(samplePlan())).toEqual({ blocker: 1, silent: 0, warning: 0, note: 2 });
  });
});

describe('loadStore', () => {
  it('takes the end once when it is told twice, ignores progress after it, and takes the next load', async () => {
    const { fake, stores } = await connectedStores();
    void stores.load.start(2);
    expect(isIdle(stores)).toBe(false);
    fake.emit('load.progress', sampleLoad({ bytesRead: 100, micros: 100 }));
    fake.emit('load.progress', sampleLoad({ bytesRead: 300, micros: 200 }));
    const done = sampleLoad({ status: 'done', bytesRead: 500, micros: 300 });
    fake.emit('load.progress', done);
    fake.last('load.start').resolve(done);
    fake.emit('load.progress', sampleLoad({ bytesRead: 400, micros: 250 }));
    await settle();
    const { status } = stores.load.getState();
    expect(status).toMatchObject({ kind: 'known', load: { status: 'done' } });
    // The load is over; plain reads are measured beside nothing else.
    fake.last('load.ceiling').resolve(sampleCeiling);
    await settle();
    expect(stores.load.getState().ceiling).toEqual(sampleCeiling);
    expect(isIdle(stores)).toBe(true);
    fake.emit('load.progress', sampleLoad({ run: 2, bytesRead: 1, micros: 5 }));
    expect(stores.load.getState().status).toMatchObject({ kind: 'known', load: { run: 2, status: 'running' } });
  });

  it('shows why a load was refused', async () => {
    const { fake, stores } = await connectedStores();
    void stores.load.start(0);
    fake.last('load.start').reject(new Error('no room'));
    await settle();
    expect(stores.load.getState().status).toMatchObject({ kind: 'refused', failure: { message: 'no room' } });
  });

  it('keeps what is loaded on screen when another load is refused, and lets go of it with the engine', async () => {
    const { fake, stores } = await connectedStores();
    fake.emit('load.progress', sampleLoad({ status: 'done' }));
    void stores.load.start(0);
    fake.last('load.start').reject(new Error('busy'));
    await settle();
    expect(stores.load.getState().status.kind).toBe('refused');
    expect(shownLoad(stores.load.getState())).toMatchObject({ status: 'done' });
    fake.status({ status: 'stopped', failure: stoppedFailure });
    expect(shownLoad(stores.load.getState())).toBeNull();
  });

  it('turns points over time into rates between them', () => {
    const timeline = [
      { micros: 100, bytes: 100 },
      { micros: 200, bytes: 300 },
      { micros: 200, bytes: 300 },
      { micros: 400, bytes: 300 },
    ];
    expect(ratesOf(timeline)).toEqual([
      { micros: 100, bytesPerSecond: 1e6 },
      { micros: 200, bytesPerSecond: 2e6 },
      { micros: 400, bytesPerSecond: 0 },
    ]);
  });
});

describe('decodeStore', () => {
  it('collects the steps of its own run, in order and once', async () => {
    const { fake, stores } = await connectedStores();
    const steps = sampleSteps(2, [1, 2, 0]);
    fake.emit('decode.started', sampleRun());
    fake.emit('decode.steps', steps.slice(0, 2));
    fake.emit('decode.steps', [...steps.slice(1, 2), ...sampleSteps(2, [1, 1, 1], 9).slice(2)]);
    expect(stores.decode.getState().stepCount).toBe(2);
    fake.emit('decode.steps', steps.slice(2));
    expect(stores.decode.getState().stepCount).toBe(3);
    expect(isIdle(stores)).toBe(false);
    fake.emit('decode.ended', sampleRun({ run: 9, status: 'done' }));
    expect(isIdle(stores)).toBe(false);
    fake.emit('decode.ended', sampleRun({ status: 'done', endReason: 'length' }));
    expect(isIdle(stores)).toBe(true);
  });

  it('takes up a run that the page before a reload began, and shows its end', async () => {
    const fake = fakeClient();
    const stores = createStores(fake.client, null);
    fake.status({ status: 'running', pid: 1 });
    fake.connect();
    const steps = sampleSteps(2, [1, 2, 0, 1]);
    // What arrives before the answer is part of it.
    fake.emit('decode.steps', steps.slice(2, 3));
    const control = { paused: true, numSpeculativeTokens: 2, paceMillis: 100 };
    const decode = { run: sampleRun(), steps: steps.slice(0, 3), control };
    fake.last('session.state').resolve({
      device: noDevice,
      checkpoint: sampleCheckpoint(),
      plan: samplePlan(),
      load: null,
      decode,
      version: '1',
    });
    await settle();
    expect(stores.decode.getState()).toMatchObject({ status: { kind: 'known' }, stepCount: 3, control });
    expect(isIdle(stores)).toBe(false);
    fake.emit('decode.steps', steps.slice(3));
    expect(stores.decode.getState().stepCount).toBe(4);
    fake.emit('decode.ended', sampleRun({ status: 'done', endReason: 'length' }));
    expect(stores.decode.getState()).toMatchObject({ status: { run: { status: 'done' } }, control: null });
    expect(fake.asked.some(({ command }) => command === 'decode.stop')).toBe(false);
  });

  it('keeps the run before on screen until the next one has its first token', async () => {
    const { fake, stores } = await afterARun();
    void stores.decode.start(decodeRequest);
    expect(shownRun(stores.decode.getState())?.run).toBe(1);
    expect(stores.decode.getState().stepCount).toBe(2);
    fake.emit('decode.started', sampleRun({ run: 2 }));
    expect(stores.decode.getState()).toMatchObject({ stepCount: 0, status: { run: { run: 2 } } });
  });

  it('shows nothing of the run before once the next one is refused', async () => {
    const { fake, stores } = await afterARun();
    void stores.decode.start({ ...decodeRequest, prompt: '' });
    fake.last('decode.start').reject(new FailureError('promptInvalid', 'The prompt is empty.'));
    await settle();
    expect(shownRun(stores.decode.getState())).toBeNull();
    expect(stores.decode.getState()).toMatchObject({ stepCount: 0, status: { kind: 'refused' } });
  });

  it('begins again with nothing when the next run starts', async () => {
    const { fake, stores } = await connectedStores();
    fake.emit('decode.started', sampleRun());
    fake.emit('decode.steps', sampleSteps(2, [1]));
    stores.selection.select({ kind: 'step', step: 0, position: 0 });
    fake.emit('decode.started', sampleRun({ run: 2 }));
    expect(stores.decode.getState()).toMatchObject({ stepCount: 0, steps: [] });
    expect(stores.selection.getState().selection.kind).toBe('none');
  });
});

describe('viewStore', () => {
  const keep = (text: string | null) => ({ getItem: () => text, setItem: () => undefined });

  it('reads what was kept field by field and falls back on defaults', () => {
    expect(readKept(keep('{"theme":"dark","paneOpen":false,"paneWidth":400}'))).toEqual({
      theme: 'dark',
      paneOpen: false,
      paneWidth: 400,
    });
    const defaults = readKept(null);
    expect(readKept(keep('not json'))).toEqual(defaults);
    expect(readKept(keep('{"theme":"pink","paneOpen":"yes","paneWidth":null}'))).toEqual(defaults);
    expect(readKept(keep('{"paneWidth":99999}')).paneWidth).toBeLessThan(1000);
  });

  it('keeps theme and pane, and survives a storage that refuses', () => {
    const kept: string[] = [];
    const store = createViewStore({ getItem: () => null, setItem: (_key, value) => void kept.push(value) });
    store.show('draft');
    expect(kept).toEqual([]);
    store.setTheme('dark');
    expect(JSON.parse(kept[0] ?? '')).toMatchObject({ theme: 'dark' });
    const refusing = createViewStore({
      getItem: () => null,
      setItem: () => {
        throw new Error('full');
      },
    });
    refusing.setTheme('light');
    expect(refusing.getState().theme).toBe('light');
  });
});
