import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type {
  NativeDevice,
  NativeModel,
  NativeModelConfig,
  NativeMtpPass,
  NativePassOptions,
  NativeSequence,
  NativeWeightStore,
} from '../../electron/engine/kernels/kernels.ts';
import { expectRejection, expectThrow, openLibrary, ScratchFolder, untyped } from './nativeSupport.ts';
import { config, loadedStore, vocab } from './tinyModel.ts';

const maxRows = 12;
const all: NativePassOptions = { logitRows: 'all', top: vocab };
const tokens = Int32Array.of(3, 1, 4, 1, 5, 9);
const mtpPass: NativeMtpPass = {
  layer: 0,
  firstRow: 0,
  hiddenLayer: -1,
  hiddenFirstRow: 0,
  zeroEmbeddingAtPositionZero: false,
  targetEmbedding: false,
  targetHead: false,
};

let folder: ScratchFolder;
let device: NativeDevice;
let store: NativeWeightStore;
let model: NativeModel;
let sequence: NativeSequence;

beforeAll(async () => {
  folder = new ScratchFolder();
  device = openLibrary().openDevice('cpu', { threads: 2 });
  store = await loadedStore(device, folder);
  model = store.createModel(config);
});

beforeEach(() => {
  sequence = model.createSequence(maxRows);
  return () => sequence.close();
});

afterAll(() => {
  model.close();
  store.close();
  device.close();
  folder.dispose();
});

describe('passes', () => {
  it('gives candidates, probabilities and logits in their shapes', async () => {
    const probeIds = Int32Array.of(-1, 2, 3, 4, 5, 6);
    const output = await sequence.targetPass(tokens, 0, { ...all, wantLogits: true, wantRouted: true, probeIds });
    expect(output.rows).toBe(tokens.length);
    expect(output.topIds).toHaveLength(tokens.length * vocab);
    expect(output.topProbs).toHaveLength(tokens.length * vocab);
    expect(output.logits).toHaveLength(tokens.length * vocab);
    expect(output.routed).toHaveLength(0);
    expect(output.micros).toBeGreaterThan(0);
    for (let row = 0; row < tokens.length; row++) {
      const ids = output.topIds.subarray(row * vocab, (row + 1) * vocab);
      const probs = output.topProbs.subarray(row * vocab, (row + 1) * vocab);
      const logits = output.logits.subarray(row * vocab, (row + 1) * vocab);
      expect([...ids].sort((a, b) => a - b)).toEqual([...Array(vocab).keys()]);
      expect([...probs]).toEqual([...probs].sort((a, b) => b - a));
      expect(probs.reduce((sum, prob) => sum + prob, 0)).toBeCloseTo(1, 5);
      expect(ids[0]).toBe(logits.indexOf(Math.max(...logits)));
      const probe = probeIds[row] ?? -1;
      if (probe < 0) expect(output.probeProbs[row]).toBeNaN();
      else expect(output.probeProbs[row]).toBeCloseTo(probs[ids.indexOf(probe)] ?? Number.NaN, 6);
    }
  });

  it('gives the same bits row by row', async () => {
    const together = await sequence.targetPass(tokens, 0, { ...all, wantLogits: true });
    const apart = model.createSequence(maxRows);
    for (let row = 0; row < tokens.length; row++) {
      const last = await apart.targetPass(tokens.slice(row, row + 1), row, {
        logitRows: 'last',
        top: 1,
        wantLogits: true,
      });
      expect(last.rows).toBe(1);
      expect(last.logits).toEqual(together.logits.slice(row * vocab, (row + 1) * vocab));
    }
    apart.close();
  });

  it('runs an MTP layer and says which experts it used', async () => {
    await sequence.targetPass(tokens, 0, { logitRows: 'none', top: 1 });
    const output = await sequence.mtpPass(mtpPass, tokens, { logitRows: 'last', top: 3, wantRouted: true });
    expect(output.rows).toBe(1);
    expect(output.topIds).toHaveLength(3);
    expect(output.routed).toHaveLength(tokens.length * config.topK);
    for (const expert of output.routed) expect(expert).toSatisfy((id: number) => id >= 0 && id < config.experts);
  });

  it('keeps apart the texts that run at the same time', async () => {
    const alone = await sequence.targetPass(tokens, 0, { ...all, wantLogits: true });
    const others = Array.from({ length: 6 }, () => model.createSequence(maxRows));
    const outputs = await Promise.all(others.map((other) => other.targetPass(tokens, 0, { ...all, wantLogits: true })));
    for (const output of outputs) expect(output.logits).toEqual(alone.logits);
    for (const other of others) other.close();
  });
});

describe('refusals', () => {
  it.each<[string, RegExp, unknown, unknown, unknown]>([
    [
      'a token past the vocabulary',
      /^tokens has 24 at index 1; ids go from 0 to 23\.$/,
      Int32Array.of(0, vocab),
      0,
      all,
    ],
    ['a negative token', /^tokens has -1 at index 0/, Int32Array.of(-1), 0, all],
    ['no tokens', /^tokens must not be empty\.$/, new Int32Array(0), 0, all],
    ['tokens of another type', /^tokens must be an Int32Array\.$/, [1, 2], 0, all],
    ['float tokens', /^tokens must be an Int32Array\.$/, Float32Array.of(1), 0, all],
    ['a negative row', /^firstRow must be an integer from 0 to 11\.$/, tokens, -1, all],
    ['rows past the end', /^firstRow is 10, and with 6 tokens that is past the 12 rows/, tokens, 10, all],
    ['a gap in the rows', /row 3 cannot be run/, tokens, 3, all],
    ['no options', /^options must be an object\.$/, tokens, 0, undefined],
    [
      'unknown logit rows',
      /^options\.logitRows must be one of none, last, all\.$/,
      tokens,
      0,
      { ...all, logitRows: 'some' },
    ],
    ['no candidates', /^options\.top must be an integer from 1 to 24\.$/, tokens, 0, { ...all, top: 0 }],
    ['too many candidates', /^options\.top must be/, tokens, 0, { ...all, top: vocab + 1 }],
    ['a flag that is none', /^options\.wantLogits must be true or false\.$/, tokens, 0, { ...all, wantLogits: 'yes' }],
    [
      'too few probes',
      /^options\.probeIds must have one id per row with logits \(6\)\.$/,
      tokens,
      0,
      { ...all, probeIds: Int32Array.of(1) },
    ],
    [
      'a probe past the vocabulary',
      /^options\.probeIds has 99 at index 0/,
      tokens,
      0,
      { ...all, probeIds: Int32Array.of(99) },
    ],
  ])('of %s', async (_, words, ids, firstRow, options) => {
    await expectRejection(
      sequence.targetPass(untyped(ids), untyped(firstRow), untyped(options)),
      'invalidArgument',
      words,
    );
  });

  it.each<[Partial<Record<keyof NativeMtpPass, unknown>>, RegExp]>([
    [{ layer: 1 }, /^pass\.layer must be an integer from 0 to 0\.$/],
    [{ hiddenLayer: -3 }, /^pass\.hiddenLayer must be an integer from -2 to 0\.$/],
    [{ hiddenFirstRow: 7 }, /^pass\.hiddenFirstRow is 7, and with 6 tokens/],
    [{ targetHead: undefined }, /^pass\.targetHead must be true or false\.$/],
  ])('of an MTP pass with %o', async (changes, words) => {
    await sequence.targetPass(tokens, 0, { logitRows: 'none', top: 1 });
    const pass = sequence.mtpPass(untyped({ ...mtpPass, ...changes }), tokens, all);
    await expectRejection(pass, 'invalidArgument', words);
  });

  it('of nothing when a pass runs on the calling thread: the result is the same', async () => {
    const away = await sequence.targetPass(tokens, 0, { ...all, wantLogits: true });
    const here = sequence.targetPass(tokens, 0, { ...all, wantLogits: true, here: true });
    // It is over already, so a second one is not refused.
    const again = sequence.targetPass(tokens, 0, { ...all, wantLogits: true, here: true });
    expect((await here).logits).toEqual(away.logits);
    expect((await again).topIds).toEqual(away.topIds);
    await expectRejection(sequence.targetPass(tokens, 99, { ...all, here: true }), 'invalidArgument', /firstRow/);
  });

  it('of a second pass while one runs', async () => {
    const first = sequence.targetPass(tokens, 0, all);
    await expectRejection(sequence.targetPass(tokens, 0, all), 'invalidArgument', /already running a pass/);
    expect((await first).rows).toBe(tokens.length);
    // A refused pass leaves the next one free to run.
    await expectRejection(sequence.targetPass(tokens, 99, all), 'invalidArgument', /firstRow/);
    expect((await sequence.targetPass(tokens, 0, all)).rows).toBe(tokens.length);
  });

  it.each<[Partial<Record<keyof NativeModelConfig, unknown>>, RegExp]>([
    [{ hidden: 0 }, /^config\.hidden must be/],
    [{ hidden: 32 }, /embed_tokens\.weight has shape \[24, 16\]/],
    [{ layers: 2 }, /is missing/],
    [{ scoring: 'tanh' }, /^config\.scoring must be one of softmax, sigmoid\.$/],
    [{ rmsEps: Number.NaN }, /^config\.rmsEps must be a finite number\.$/],
    [{ yarn: { factor: 2 } }, /^config\.yarn\.betaFast must be/],
    [{ yarn: undefined }, /^config\.yarn must be an object\.$/],
  ])('of a model with %o', (changes, words) => {
    expectThrow(() => store.createModel(untyped({ ...config, ...changes })), 'invalidArgument', words);
  });

  it.each([[0], [-3], [1.5], ['many'], [2 ** 31 - 1]])('of a sequence of %s rows', (rows) => {
    expectThrow(() => model.createSequence(untyped(rows)), 'invalidArgument', /^maxRows must be an integer from 1/);
  });
});

describe('closing', () => {
  it('lets a running pass finish, then refuses', async () => {
    expect(sequence.bytes).toBeGreaterThan(0);
    const running = sequence.targetPass(tokens, 0, all);
    sequence.close();
    sequence.close();
    expect((await running).rows).toBe(tokens.length);
    expect(sequence.bytes).toBe(0);
    await expectRejection(sequence.targetPass(tokens, 0, all), 'invalidArgument', /^This Sequence is closed\.$/);
    await expectRejection(sequence.mtpPass(mtpPass, tokens, all), 'invalidArgument', /closed/);
  });

  it('keeps alive what a sequence stands on', async () => {
    const expected = await sequence.targetPass(tokens, 0, all);
    const otherDevice = openLibrary().openDevice('cpu', { threads: 1 });
    const otherStore = await loadedStore(otherDevice, folder);
    const otherModel = otherStore.createModel(config);
    const other = otherModel.createSequence(maxRows);
    otherDevice.close();
    otherStore.close();
    otherModel.close();
    expectThrow(() => otherStore.createModel(config), 'invalidArgument', /^This WeightStore is closed\.$/);
    expectThrow(() => otherModel.createSequence(1), 'invalidArgument', /^This Model is closed\.$/);
    expect((await other.targetPass(tokens, 0, all)).topProbs).toEqual(expected.topProbs);
    other.close();
  });
});
