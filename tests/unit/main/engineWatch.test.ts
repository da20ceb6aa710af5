import { describe, expect, it } from 'vitest';
import type { EngineSilence } from '../../../electron/common/contract.ts';
import { EngineWatch, patience } from '../../../electron/main/engineWatch.ts';

/** A watch over an engine that answers when told to and uses `share` of a core. */
function watched(share: number | null) {
  const told: (EngineSilence | null)[] = [];
  let asked = 0;
  let seconds = 0;
  const watch = new EngineWatch({
    ask: () => {
      asked += 1;
    },
    processorSeconds: () => (share === null ? null : seconds * share),
    tell: (silence) => told.push(silence),
  });
  const pass = (ticks: number) => {
    for (let tick = 0; tick < ticks; tick++) {
      seconds += 1;
      watch.tick();
    }
  };
  return { watch, told, pass, asked: () => asked };
}

describe('an engine that answers', () => {
  it('is asked again and again, and nothing is told', () => {
    const { watch, told, pass, asked } = watched(0);
    for (let times = 0; times < 20; times++) {
      pass(patience.resting);
      watch.answered();
    }
    expect(asked()).toBe(20);
    expect(told).toEqual([]);
  });
});

describe('an engine that does nothing and is silent', () => {
  it.each([
    ['uses no processor', 0],
    ['is on a system that does not say', null],
  ])('%s: told after the shorter patience, each second, and taken back with the answer', (_what, share) => {
    const { watch, told, pass, asked } = watched(share);
    pass(patience.resting);
    expect(told).toEqual([]);
    pass(2);
    expect(told).toEqual([
      { seconds: patience.resting, working: false },
      { seconds: patience.resting + 1, working: false },
    ]);
    expect(asked()).toBe(1);
    watch.answered();
    watch.answered();
    expect(told.slice(2)).toEqual([null]);
    pass(patience.resting);
    expect(told).toHaveLength(3);
  });
});

describe('an engine at work', () => {
  it('is left alone for longer', () => {
    const { told, pass } = watched(0.9);
    pass(patience.working);
    expect(told).toEqual([]);
    pass(1);
    expect(told).toEqual([{ seconds: patience.working, working: true }]);
  });

  it('that has fallen asleep is told of once its work has become too little', () => {
    const { told, pass } = watched(0.2 / 2);
    pass(patience.resting + 1);
    expect(told).toEqual([{ seconds: patience.resting, working: false }]);
  });
});

it('a stopped watch has forgotten what it waited for', () => {
  const { watch, told, pass } = watched(0);
  pass(patience.resting);
  watch.stop();
  pass(patience.resting);
  watch.answered();
  expect(told).toEqual([]);
});
