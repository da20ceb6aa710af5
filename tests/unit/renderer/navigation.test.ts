import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { createStores } from '../../../renderer/stores/createStores.ts';
import { facetsOf } from '../../../renderer/stores/facets.ts';
import { createNavigationStore } from '../../../renderer/stores/navigationStore.ts';
import { selectionOf, targetOf } from '../../../renderer/stores/targets.ts';
import { fakeClient, settle } from './fakeClient.ts';
import { sampleCheckpoint, samplePlan, tensorNames } from './samples.ts';

const expertTensor = tensorNames[3] as string;
const outsider = tensorNames[0] as string;

/** Stores on the sample checkpoint; steps of the history are far apart in time unless `millis` stands still. */
async function opened() {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  fake.status({ status: 'running', pid: 1 });
  fake.emit('checkpoint.opened', sampleCheckpoint());
  fake.emit('plan.ready', samplePlan());
  await settle();
  const clock = { millis: 0, step: 5000 };
  const { checkpoint, plan, mapping, selection, view } = stores;
  const navigation = createNavigationStore({ checkpoint, plan, mapping, selection, view }, () => {
    clock.millis += clock.step;
    return clock.millis;
  });
  const selected = () => targetOf(selection.getState().selection, sampleCheckpoint(), samplePlan());
  return { fake, stores, navigation, clock, selected };
}

describe('the history', () => {
  it('takes the page back to where it was scrolled, place by place', async () => {
    const { stores, navigation } = await opened();
    let page: readonly number[] = [0];
    const undo = navigation.keepScroll(
      () => page,
      (kept) => {
        page = kept;
      },
    );
    page = [120, 7];
    stores.view.show('mapping');
    page = [40];
    stores.view.show('load');
    page = [3];
    navigation.back();
    expect(page).toEqual([40]);
    navigation.back();
    expect(page).toEqual([120, 7]);
    navigation.forward();
    navigation.forward();
    expect(page).toEqual([3]);
    undo();
    navigation.back();
    expect(page).toEqual([3]);
  });

  it('goes back and forward over views and selections, and forgets what lay ahead', async () => {
    const { stores, navigation, selected } = await opened();
    stores.view.show('mapping');
    void stores.selection.explain(3);
    stores.view.show('placement');
    navigation.back();
    expect(stores.view.getState().view).toBe('mapping');
    expect(selected()).toEqual({ kind: 'tensor', name: expertTensor });
    navigation.back();
    expect(selected()).toBeNull();
    navigation.forward();
    expect(selected()?.name).toBe(expertTensor);
    stores.view.show('draft');
    expect(navigation.getState().at).toBe(3);
    navigation.forward();
    expect(stores.view.getState().view).toBe('draft');
  });

  it('takes a run through a list as one step', async () => {
    const { stores, navigation, clock } = await opened();
    stores.view.show('mapping');
    clock.step = 10;
    for (let tensor = 0; tensor < 5; tensor += 1) void stores.selection.explain(tensor);
    expect(navigation.getState().places).toHaveLength(3);
    clock.step = 5000;
    void stores.selection.explain(0);
    expect(navigation.getState().places).toHaveLength(4);
  });

  it('brings back the filter of a place', async () => {
    const { stores, navigation } = await opened();
    stores.view.show('mapping');
    stores.mapping.narrow({ search: 'experts' });
    stores.view.show('load');
    stores.mapping.narrow({ search: 'other' });
    navigation.back();
    expect(stores.mapping.getState().filter.search).toBe('experts');
  });

  it('begins anew with another checkpoint', async () => {
    const { fake, stores, navigation } = await opened();
    stores.view.show('mapping');
    fake.emit('checkpoint.opened', { ...sampleCheckpoint(), id: 2 });
    expect(navigation.getState().places).toHaveLength(1);
  });
});

describe('reveal', () => {
  it('shows a thing where it is at home, and lifts a filter that hides it', async () => {
    const { stores, navigation, selected } = await opened();
    stores.mapping.narrow({ search: 'experts' });
    navigation.reveal({ kind: 'tensor', name: expertTensor });
    expect(stores.view.getState().view).toBe('mapping');
    expect(stores.mapping.getState().filter.search).toBe('experts');
    navigation.reveal({ kind: 'tensor', name: outsider });
    expect(stores.mapping.getState().filter.search).toBe('');
    expect(selected()?.name).toBe(outsider);
    navigation.reveal({ kind: 'expert', name: '1' });
    expect(stores.view.getState().view).toBe('placement');
    expect(stores.selection.getState().selection).toEqual({ kind: 'expert', expert: 1, rank: 0 });
  });

  it('says what is not there and stays where it is', async () => {
    const { stores, navigation } = await opened();
    navigation.reveal({ kind: 'expert', name: '99' });
    expect(navigation.getState().notice?.message).toBe('There is no expert 99 here.');
    expect(stores.view.getState().view).toBe('overview');
    navigation.dismiss();
    expect(navigation.getState().notice).toBeNull();
  });
});

describe('links', () => {
  it('lead back to the place they were made in', async () => {
    const { stores, navigation, selected } = await opened();
    stores.mapping.narrow({ search: 'up_proj', rule: 1, layer: 4 });
    navigation.reveal({ kind: 'tensor', name: expertTensor });
    const link = navigation.link() ?? '';
    expect(link).toContain('filter.rule=expert');
    stores.mapping.clear();
    stores.selection.clear();
    stores.view.show('draft');
    await navigation.openLink(link);
    expect(stores.view.getState().view).toBe('mapping');
    expect(stores.mapping.getState().filter).toMatchObject({ search: 'up_proj', rule: 1, layer: 4 });
    expect(selected()?.name).toBe(expertTensor);
    expect(navigation.getState().notice).toBeNull();
  });

  it('ask for their set-up first', async () => {
    const { fake, stores, navigation } = await opened();
    const going = navigation.openLink('draftscope://placement?tensor-parallel-size=2&rank=1');
    const parallel = { ...singleRank, tensorParallelSize: 2, rank: 1 };
    expect(fake.last('plan.make').input).toEqual({ parallel });
    fake.last('plan.make').resolve(samplePlan(parallel));
    await going;
    expect(stores.view.getState().view).toBe('placement');
  });

  it('say when they were made elsewhere, lead nowhere, or are none', async () => {
    const { navigation } = await opened();
    await navigation.openLink('draftscope://mapping?select=tensor:nowhere&checkpoint=V3');
    expect(navigation.getState().notice?.message).toBe('The link was made in V3; tiny is open.');
    expect(navigation.getState().notice?.hint).toBe('What it names is not in this checkpoint.');
    await navigation.openLink('draftscope://mapping?select=tensor:nowhere');
    expect(navigation.getState().notice?.message).toBe('There is no tensor nowhere here.');
    await navigation.openLink('https://example.org');
    expect(navigation.getState().notice?.message).toMatch(/no link into Draftscope/);
  });
});

describe('selection', () => {
  it('goes by name and back for every kind', () => {
    const checkpoint = sampleCheckpoint();
    const plan = samplePlan();
    const targets = [
      { kind: 'tensor', name: expertTensor },
      { kind: 'expert', name: '1@0' },
      { kind: 'rank', name: '0' },
      { kind: 'file', name: 'model.safetensors' },
      { kind: 'finding', name: 'c' },
      { kind: 'configKey', name: 'n_group' },
      { kind: 'step', name: '14.2' },
    ] as const;
    for (const target of targets) {
      const selection = selectionOf(target, checkpoint, plan);
      expect(selection && targetOf(selection, checkpoint, plan)).toEqual(target);
    }
  });

  it('means something in the other views', () => {
    const facets = facetsOf(
      { kind: 'tensor', tensor: 3, story: null, failure: null },
      sampleCheckpoint(),
      samplePlan(),
    );
    expect(facets).toEqual({ tensor: 3, parameter: 0, expert: 1, rank: 0, file: 0, layer: 4 });
  });
});

describe('a link from the command line', () => {
  it('waits for what the engine holds, which would take its set-up back', async () => {
    const fake = fakeClient();
    const link = 'draftscope://placement?tensor-parallel-size=2&select=rank:1';
    const client = { ...fake.client, bridge: { ...fake.client.bridge, startLink: async () => link } };
    const stores = createStores(client, null);
    fake.status({ status: 'running', pid: 1 });
    fake.connect();
    await settle();
    fake.emit('checkpoint.opened', sampleCheckpoint());
    fake.emit('plan.ready', samplePlan());
    await settle();
    expect(stores.view.getState().view).toBe('overview');
    const held = {
      backends: [],
      checkpoint: sampleCheckpoint(),
      plan: samplePlan(),
      load: null,
      decode: null,
      version: '1',
    };
    fake.last('session.state').resolve(held);
    await settle();
    expect(fake.last('plan.make').input).toMatchObject({ parallel: { tensorParallelSize: 2 } });
    fake.last('plan.make').reject(new Error('no'));
    await settle();
    expect(stores.navigation.getState().notice?.message).toBe('The set-up of the link could not be planned.');
  });
});
