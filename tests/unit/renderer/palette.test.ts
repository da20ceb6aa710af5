import { describe, expect, it } from 'vitest';
import { singleRank } from '../../../electron/common/domain.ts';
import { createStores } from '../../../renderer/stores/createStores.ts';
import { matchScore } from '../../../renderer/stores/fuzzy.ts';
import { paletteItems } from '../../../renderer/stores/paletteItems.ts';
import { fakeClient } from './fakeClient.ts';
import { sampleCheckpoint, sampleLoad, samplePlan } from './samples.ts';

function opened() {
  const fake = fakeClient();
  const stores = createStores(fake.client, null);
  fake.emit('checkpoint.opened', sampleCheckpoint());
  fake.emit('plan.ready', samplePlan());
  return { fake, stores };
}

describe('the match score', () => {
  it('prefers beginnings of texts, then of words, then the middle, then scattered letters', () => {
    const scores = ['place', 'the place', 'misplaced', 'p-l-a-c'].map((text) => matchScore(text, 'plac'));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(new Set(scores).size).toBe(4);
  });

  it('is nothing when one word is missing, or letters are strewn too far', () => {
    expect(matchScore('copy a link', 'copy tensor')).toBe(0);
    expect(matchScore('go forward', 'gofw')).toBeGreaterThan(0);
    expect(matchScore('go forward', 'gofwx')).toBe(0);
    expect(matchScore('x-t-y-h-z-e-q-m', 'them')).toBe(0);
  });
});

describe('the palette', () => {
  it('offers actions, views, set-ups and findings without a query, tensors only with one', () => {
    const { stores } = opened();
    const groups = new Set(paletteItems(stores, '').map((item) => item.group));
    expect([...groups]).toEqual(['Action', 'View', 'Set-up', 'Finding']);
    expect(paletteItems(stores, 'experts.1').map((item) => item.group)).toContain('Tensor');
  });

  it('finds by parts of the name and does what it says', () => {
    const { fake, stores } = opened();
    paletteItems(stores, 'placement')[0]?.run();
    expect(stores.view.getState().view).toBe('placement');
    paletteItems(stores, 'theme dark')[0]?.run();
    expect(stores.view.getState().theme).toBe('dark');
    paletteItems(stores, 'experts.1.up')[0]?.run();
    expect(stores.selection.getState().selection).toMatchObject({ kind: 'tensor', tensor: 3 });
    paletteItems(stores, 'A blocker')[0]?.run();
    expect(stores.selection.getState().selection).toEqual({ kind: 'finding', finding: 1 });
    paletteItems(stores, 'tp 8 with')[0]?.run();
    expect(fake.last('plan.make').input).toMatchObject({ parallel: { tensorParallelSize: 8 } });
  });

  it('opens a pasted link and takes over a pasted command, saying what it leaves out', () => {
    const { fake, stores } = opened();
    const [link] = paletteItems(stores, ' draftscope://draft ');
    expect(link?.group).toBe('Link');
    link?.run();
    expect(stores.navigation.getState().notice).toBeNull();
    expect(stores.view.getState().view).toBe('draft');
    const [command] = paletteItems(stores, 'vllm serve m -tp 2 -pp 4');
    expect(command?.title).toBe('Set up as this command, without -pp');
    command?.run();
    expect(fake.last('plan.make').input).toEqual({ parallel: { ...singleRank, tensorParallelSize: 2 } });
  });

  it('has no two items of one id', () => {
    const ids = paletteItems(opened().stores, '').map((item) => item.id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('saves what the view on screen offers, for as long as it does', () => {
    const { stores } = opened();
    const offered = () => paletteItems(stores, '').filter(({ title }) => title === 'Save the grid…');
    let saved = 0;
    const takeBack = stores.exports.offer({
      title: 'Save the grid…',
      save: () => {
        saved += 1;
      },
    });
    offered()[0]?.run();
    expect(saved).toBe(1);
    takeBack();
    expect(offered()).toEqual([]);
  });

  it('copies what is selected, and offers that only where there is something', () => {
    const { fake, stores } = opened();
    const copy = () => paletteItems(stores, '').find(({ title }) => title === 'Copy what is selected as text');
    expect(copy()).toBeUndefined();
    stores.selection.select({ kind: 'finding', finding: 1 });
    copy()?.run();
    expect(fake.copied).toEqual(['blocker (a): A blocker.']);
  });

  it('has what can be done with a load as it stands: begin, hold, another rank, save', () => {
    const { fake, stores } = opened();
    const titles = () => paletteItems(stores, '').map(({ title }) => title);
    expect(titles()).toContain('Load the weights');
    expect(titles()).not.toContain('Save the load as JSON…');
    fake.emit('load.progress', sampleLoad({}));
    expect(titles()).toEqual(expect.arrayContaining(['Pause the load', 'Cancel the load']));
    fake.emit('load.progress', sampleLoad({ paused: true }));
    expect(titles()).toContain('Go on with the load');
    fake.emit('load.progress', sampleLoad({ status: 'done' }));
    expect(titles()).toContain('Save the load as JSON…');
    fake.emit('plan.ready', samplePlan({ ...singleRank, tensorParallelSize: 4, rank: 3 }));
    paletteItems(stores, 'Load rank 0')[0]?.run();
    expect(stores.view.getState().view).toBe('load');
    expect(fake.last('plan.make').input).toMatchObject({ parallel: { tensorParallelSize: 4, rank: 0 } });
  });
});
