import { describe, expect, it } from 'vitest';
import { RunControls } from '../../../../electron/engine/session/runControls.ts';

const start = (paused: boolean, paceMillis = 0) => new RunControls({ paused, numSpeculativeTokens: 2, paceMillis });

/** Whether the promise has settled once everything that can settle has. */
async function settled(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return done;
}

describe('RunControls', () => {
  it('lets a run go on that is not paused', async () => {
    expect(await settled(start(false).mayStep(new AbortController().signal))).toBe(true);
  });

  it('holds a paused run until it is resumed', async () => {
    const controls = start(true);
    const waiting = controls.mayStep(new AbortController().signal);
    expect(await settled(waiting)).toBe(false);
    expect(controls.change({ paused: false })).toMatchObject({ paused: false });
    expect(await settled(waiting)).toBe(true);
  });

  it('gives one step at a time, also two that were asked for at once', async () => {
    const controls = start(true);
    const { signal } = new AbortController();
    controls.change({ step: true });
    controls.change({ step: true });
    expect(await settled(controls.mayStep(signal))).toBe(true);
    expect(await settled(controls.mayStep(signal))).toBe(true);
    const third = controls.mayStep(signal);
    expect(await settled(third)).toBe(false);
    controls.change({ step: true });
    expect(await settled(third)).toBe(true);
  });

  it('pauses a running run after the step that was asked for', async () => {
    const controls = start(false);
    expect(controls.change({ step: true }).paused).toBe(true);
    const { signal } = new AbortController();
    expect(await settled(controls.mayStep(signal))).toBe(true);
    expect(await settled(controls.mayStep(signal))).toBe(false);
  });

  it('takes a new pace at once, and keeps what is left out', async () => {
    const controls = start(false, 60_000);
    const waiting = controls.mayStep(new AbortController().signal);
    expect(await settled(waiting)).toBe(false);
    expect(controls.change({ paceMillis: 0 })).toEqual({ paused: false, numSpeculativeTokens: 2, paceMillis: 0 });
    expect(await settled(waiting)).toBe(true);
    expect(controls.change({ numSpeculativeTokens: 5 })).toMatchObject({ numSpeculativeTokens: 5, paceMillis: 0 });
  });

  it('does not wait past the abort', async () => {
    const abort = new AbortController();
    const waiting = start(true).mayStep(abort.signal);
    expect(await settled(waiting)).toBe(false);
    abort.abort();
    expect(await settled(waiting)).toBe(true);
    expect(await settled(start(true, 1000).mayStep(AbortSignal.abort()))).toBe(true);
  });
});
