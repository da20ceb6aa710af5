/** Arguments that act while they are read, and files that never answer: each of these once crashed or hung the addon. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeModel, NativeWeightStore } from '../../electron/engine/kernels/kernels.ts';
import { expectRejection, expectThrow, readItem, untyped } from './nativeSupport.ts';
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

  it('refuses a shape that claims billions of dimensions at once', () => {
    const spec = { name: 'w', dtype: 'F32', shape: new Array(2 ** 32 - 1) };
    expectThrow(() => fixture.device.createStore(untyped([spec])), 'invalidArgument', /shape/);
  });
});
