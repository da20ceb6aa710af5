/** What comes and goes many times leaves nothing behind: the addon in a thread of its own, and a decode. */
import { existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { greedy, singleRank } from '../../electron/common/domain.ts';
import { collectGarbage } from '../../electron/engine/session/collectGarbage.ts';
import { Session } from '../../electron/engine/session/session.ts';
import { inRoot } from '../../scripts/project.mjs';
import { addonPath } from './nativeSupport.ts';

/** Memory may settle a little after the warm-up; what leaks on every turn would be far beyond. */
const allowedGrowth = 1.1;

function residentBytes(): number {
  collectGarbage();
  return process.memoryUsage().rss;
}

/** Opens a device, fills a parameter, closes everything but one store, and ends; that one goes with its thread. */
const work = `
  const { parentPort, workerData } = require('node:worker_threads');
  const addon = require(workerData.addonPath);
  const device = addon.openDevice(workerData.library, { threads: 2 });
  const specs = [{ name: 'p', dtype: 'U8', shape: [1 << 20] }];
  const items = [{ file: 0, parameter: 0, fileOffset: 0, rows: 1, cols: workerData.bytes, srcRowBytes: workerData.bytes,
    srcDtype: 'U8', dstOffset: 0, dstStride: workerData.bytes, broadcastCols: false }];
  const file = { path: workerData.file, expectedBytes: workerData.bytes, expectedMtimeNs: '0' };
  device.createStore(specs);
  const store = device.createStore(specs);
  store.load([file], items, { threads: 2 }).then(({ bytes }) => {
    store.close();
    device.close();
    parentPort.postMessage(bytes);
  });
`;

function runWorker(): Promise<number> {
  const file = inRoot('assets/demo-model/config.json');
  const library = addonPath.replace('draftscope.node', 'libdraftscope_cpu.so');
  const bytes = readFileSync(file).length;
  return new Promise((resolve, reject) => {
    const worker = new Worker(work, { eval: true, workerData: { addonPath, library, file, bytes } });
    let told = -1;
    worker.once('message', (read: number) => {
      told = read - bytes;
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve(told));
  });
}

const maps = '/proc/self/maps';
const isMapped = () => readFileSync(maps, 'utf8').includes('draftscope.node');

describe('the addon', () => {
  it.skipIf(!existsSync(maps))(
    `is loaded, used and unloaded 100 times without growth${existsSync(maps) ? '' : ` (skipped: no ${maps})`}`,
    async () => {
      let settled = 0;
      for (let turn = 1; turn <= 100; turn++) {
        expect(await runWorker()).toBe(0);
        // Not the same module 100 times: each thread that ends takes its own along. Electron's Node unmaps no addon.
        expect(isMapped()).toBe(process.versions.electron !== undefined);
        if (turn === 20) settled = residentBytes();
      }
      expect(residentBytes()).toBeLessThan(settled * allowedGrowth);
    },
  );
});

describe('decoding', () => {
  const session = new Session({
    addonPath,
    version: 'test',
    threads: 2,
    emit: () => undefined,
    emitStep: () => undefined,
  });
  afterAll(() => session.end());

  it('runs 1,000 times without growth', async () => {
    expect(await session.open(inRoot('assets/demo-model'))).toMatchObject({ ok: true });
    session.makePlan(singleRank);
    let first: readonly number[] = [];
    let settled = 0;
    for (let turn = 1; turn <= 1000; turn++) {
      const { outputIds, failure } = await session.decode({
        prompt: '',
        promptIds: [5, 6, 7, 8],
        maxTokens: 3,
        numSpeculativeTokens: 2,
        predictor: turn % 2 === 0 ? 'modules' : 'referenceEngine',
        sampling: greedy,
        paceMillis: 0,
      });
      expect(failure).toBeNull();
      if (turn === 1) first = outputIds;
      expect(outputIds).toEqual(first);
      if (turn === 200) settled = residentBytes();
    }
    expect(residentBytes()).toBeLessThan(settled * allowedGrowth);
  });
});
