import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { NativeSourceFile } from '../../electron/engine/kernels/kernels.ts';
import { expectRejection, expectThrow, openLibrary, readItem, sourceFile } from './nativeSupport.ts';
import { parameter, storeFixture } from './storeFixture.ts';

const fixture = storeFixture();
const { storeOf } = fixture;

/** A file of `bytes` zeros that takes no room on the disk. */
function sparseFile(name: string, bytes: number): NativeSourceFile {
  const path = fixture.folder.file(name);
  const descriptor = openSync(path, 'w');
  ftruncateSync(descriptor, bytes);
  closeSync(descriptor);
  return sourceFile(path);
}

describe('cancelling and closing', () => {
  const chunk = 8 << 20;
  const itemCount = 1024;
  // 8 GiB in all: far more than is read before a cancel arrives.
  const items = Array.from({ length: itemCount }, () => readItem({ srcDtype: 'U8', rows: 1, cols: chunk }));
  const one = items.slice(0, 1);

  it('stops a load before it has begun', async () => {
    const file = sparseFile('early.bin', chunk);
    const store = storeOf(parameter('U8', chunk));
    const load = store.load([file], items, { threads: 2 });
    store.cancel();
    await expectRejection(load, 'cancelled', /cancelled/);
    expect(store.itemsDone()).toHaveLength(itemCount);
    expect(store.itemsDone()).toContain(0);
  });

  it('stops a load that runs, and the store can load again', async () => {
    const file = sparseFile('midway.bin', chunk);
    const store = storeOf(parameter('U8', chunk));
    let ended = false;
    const load = store.load([file], items, { threads: 2 }).finally(() => {
      ended = true;
    });
    load.catch(() => undefined);
    while (store.progress().itemsDone === 0 && !ended) await setImmediate();
    store.cancel();
    await expectRejection(load, 'cancelled', /cancelled/);
    const done = store.itemsDone().reduce((sum, flag) => sum + flag, 0);
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(itemCount);
    expect(done).toBe(store.progress().itemsDone);

    expect(await store.load([file], one, { threads: 1 })).toMatchObject({ bytes: chunk });
    // Too late for the load before, and not meant for the one after.
    store.cancel();
    expect(await store.load([file], one, { threads: 1 })).toMatchObject({ bytes: chunk });
  });

  it('does not carry a cancel over from a load that failed', async () => {
    const good = sparseFile('good.bin', chunk);
    const bad = { ...good, expectedBytes: chunk + 1 };
    const store = storeOf(parameter('U8', chunk));
    const load = store.load([bad], one, { threads: 1 });
    load.catch(() => undefined);
    store.cancel();
    await load.catch(() => undefined);
    expect(await store.load([good], one, { threads: 1 })).toMatchObject({ bytes: chunk });
  });

  it('runs one load at a time', async () => {
    const file = sparseFile('twice.bin', chunk);
    const store = storeOf(parameter('U8', chunk));
    const first = store.load([file], one, { threads: 1 });
    await expectRejection(store.load([file], one, { threads: 1 }), 'invalidArgument', /already loading/);
    expect(await first).toMatchObject({ bytes: chunk });
  });

  it('ends a load when the store is closed', async () => {
    const file = sparseFile('closed.bin', chunk);
    const store = storeOf(parameter('U8', chunk));
    const load = store.load([file], items, { threads: 2 });
    store.close();
    store.close();
    await expectRejection(load, 'cancelled', /cancelled/);
    expect(store.bytes).toBe(0);
    await expectRejection(store.load([file], one, { threads: 1 }), 'invalidArgument', /^This WeightStore is closed\.$/);
    await expectRejection(store.statistics(0), 'invalidArgument', /closed/);
    expectThrow(() => store.progress(), 'invalidArgument', /closed/);
    expectThrow(() => store.itemsDone(), 'invalidArgument', /closed/);
    expectThrow(() => store.cancel(), 'invalidArgument', /closed/);
  });

  it('outlives the handle of its device', async () => {
    const other = openLibrary().openDevice('cpu', { threads: 1 });
    const store = other.createStore([parameter('F32', 3)]);
    other.close();
    expect(await store.statistics(0)).toMatchObject({ count: 3, zeroCount: 3 });
    store.close();
  });

  it('answers many statistics asked for at once', async () => {
    const store = storeOf(parameter('F32', 1 << 16));
    const answers = await Promise.all(Array.from({ length: 40 }, () => store.statistics(0)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });
});
