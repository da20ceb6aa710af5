/** Arguments that act while they are read, and files that never answer: each of these once crashed or hung the addon. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeModel, NativeModelConfig, NativeWeightStore } from '../../electron/engine/kernels/kernels.ts';
import { expectRejection, expectThrow, readItem, sourceFile, untyped } from './nativeSupport.ts';
import { parameter, storeFixture } from './storeFixture.ts';
import { config, loadedStore } from './tinyModel.ts';

const fixture = storeFixture();
const { storeOf } = fixture;
let store: NativeWeightStore;
let model: NativeModel;

beforeAll(async () => {
  store = await loadedStore(fixture.device, fixture.folder);
  model = store.createModel(config);
});
afterAll(() => {
  model.close();
  store.close();
});

describe('hostile arguments', () => {
  it('refuses a named pipe as a weight file instead of waiting for a writer', async () => {
    const path = fixture.folder.file('pipe.safetensors');
    execFileSync('mkfifo', [path]);
    const target = storeOf(parameter('F32', 4));
    const files = [{ path, expectedBytes: 16, expectedMtimeNs: '0' }];
    await expectRejection(
      target.load(files, [readItem({ rows: 1, cols: 4 })], { threads: 1 }),
      'ioError',
      /regular file/,
    );
  });

  it('outlives a getter that closes the store it is an argument of', async () => {
    const target = storeOf(parameter('F32', 4));
    const files = {
      get length(): number {
        target.close();
        return 0;
      },
    };
    await expect(target.load(untyped(files), [], { threads: 1 })).rejects.toThrow();
    const reading = storeOf(parameter('F32', 4));
    const trap = [
      {
        get path(): string {
          reading.close();
          return '/nowhere';
        },
        expectedBytes: 1,
        expectedMtimeNs: '0',
      },
    ];
    await expectRejection(reading.load(trap, [], { threads: 1 }), 'invalidArgument', /closed/);
  });

  it('outlives a getter that closes the sequence it runs', async () => {
    const sequence = model.createSequence(8);
    const options = {
      logitRows: 'last' as const,
      get top(): number {
        sequence.close();
        return 1;
      },
    };
    await expectRejection(sequence.targetPass(Int32Array.of(1), 0, options), 'invalidArgument', /closed/);
  });

  it.each([[null], [undefined], [7], ['text'], [Symbol('s')], [{}]])('takes over %s thrown by a getter', (thrown) => {
    const trap = {
      get name(): string {
        throw thrown;
      },
    };
    expectThrow(() => fixture.device.createStore(untyped([trap])), 'invalidArgument', /./);
  });

  it('counts what a trace holds without wrapping, whatever a model without experts says of them', async () => {
    // hidden + experts + topK is 2^32, the number of rows that fit would be divided by 0.
    const odd = { ...config, firstDense: 9, mtpLayers: 0, experts: 2 ** 31 - 1, topK: 2 ** 31 + 1 - config.hidden };
    const made = store.createModel(odd);
    const sequence = made.createSequence(4);
    const options = { logitRows: 'last' as const, top: 1, wantTrace: true };
    await expectRejection(sequence.targetPass(Int32Array.of(1), 0, options), 'invalidArgument', /wantTrace/);
    const output = await sequence.targetPass(Int32Array.of(1), 0, { ...options, wantTrace: false });
    expect(output.topIds).toHaveLength(1);
    sequence.close();
    made.close();
  });

  it('gives experts, and dense layers, that a model does not have no room', () => {
    const most = 2 ** 31 - 1;
    const run = async (odd: NativeModelConfig) => {
      const made = store.createModel(odd);
      const sequence = made.createSequence(4);
      const { topIds } = await sequence.targetPass(Int32Array.of(1), 0, { logitRows: 'last', top: 1 });
      expect(topIds).toHaveLength(1);
      // A pass of one row takes a few kilobytes here.
      expect(sequence.bytes).toBeLessThan(2 ** 20);
      sequence.close();
      made.close();
    };
    const dense = { ...config, firstDense: 9, mtpLayers: 0 };
    return run({ ...dense, experts: most, topK: 1, moeIntermediate: most, sharedExperts: most });
  });

  it('refuses rows further apart than any file is long', async () => {
    const target = storeOf(parameter('U8', 8192));
    const path = fixture.folder.file('short');
    writeFileSync(path, new Uint8Array(8192));
    const item = readItem({ srcDtype: 'U8', rows: 8192, cols: 1, srcRowBytes: 2 ** 52, dstStride: 1 });
    await expectRejection(target.load([sourceFile(path)], [item], { threads: 1 }), 'invalidArgument', /any file/);
  });

  it('says that there is none where a number has nothing to name', async () => {
    const empty = storeOf();
    await expectRejection(
      empty.statistics(0),
      'invalidArgument',
      /^parameter must name one of them, and there is none\.$/,
    );
  });

  it('refuses a shape that claims billions of dimensions at once', () => {
    const spec = { name: 'w', dtype: 'F32', shape: new Array(2 ** 32 - 1) };
    expectThrow(() => fixture.device.createStore(untyped([spec])), 'invalidArgument', /shape/);
  });
});
