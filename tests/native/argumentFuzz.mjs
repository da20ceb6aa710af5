/**
 * Calls every function of the addon with hostile arguments, the same ones for the same seed, in a process of its own:
 * node argumentFuzz.mjs SET-UP.json CASES SEED. Writes what it is about to call into the set-up's log, so that a crash can be
 * told; ends with 0 and a record of what was refused on stdout, or with 1 and what was wrong.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [setupPath = '', caseText = '', seedText = ''] = process.argv.slice(2);
const { addonPath, library, log, codes, parameters, files, items, config } = JSON.parse(
  readFileSync(setupPath, 'utf8'),
);
const addon = createRequire(import.meta.url)(addonPath);

let state = Number(seedText) >>> 0;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
/** @param {number} count */
const below = (count) => Math.floor(random() * count);
/** @param {readonly any[]} list */
const oneOf = (list) => list[below(list.length)];

/** @type {any} */
const device = addon.openDevice(library, { threads: 2, deviceIndex: 0 });
const store = device.createStore(parameters);
await store.load(files, items, { threads: 2 });
const model = store.createModel(config);
const sequence = model.createSequence(16);
// What is loaded by spoilt arguments goes into a store that nothing else computes with.
const loading = device.createStore(parameters);
await loading.load(files, items, { threads: 2 });
const everything = { logitRows: 'all', top: 3, wantLogits: true, wantRouted: true, wantTrace: true };
const reference = await sequence.targetPass(Int32Array.of(1, 2, 3, 4), 0, everything);

function closedHandles() {
  const other = device.createStore(parameters.slice(0, 1));
  other.close();
  const otherDevice = addon.openDevice(library, { threads: 1 });
  otherDevice.close();
  const otherModel = store.createModel(config);
  const otherSequence = otherModel.createSequence(2);
  otherSequence.close();
  otherModel.close();
  return { device: otherDevice, store: other, model: otherModel, sequence: otherSequence };
}
const closed = closedHandles();
const handles = { device, store: loading, model, sequence };

function detached() {
  const array = new Int32Array(4);
  structuredClone(array, { transfer: [array.buffer] });
  return array;
}

function shrunk() {
  const buffer = new ArrayBuffer(64, { maxByteLength: 64 });
  const array = new Int32Array(buffer, 16, 8);
  buffer.resize(8);
  return array;
}

function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

/** No argument anywhere may be one of these. */
const neverValid = [() => Symbol('s'), () => () => 1, () => 1n, () => 2n ** 64n, () => Number.NaN];

const numbers = [
  0,
  1,
  2,
  3,
  -1,
  -0,
  0.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 40,
  2 ** 52,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 64,
].flatMap((number) => [number, -number]);
/** @type {readonly (() => any)[]} */
const hostile = [
  ...numbers.map((number) => () => number),
  ...[undefined, null, true, false, Infinity, -Infinity, 1e308, 5e-324].map((value) => () => value),
  ...['', '0', 'F32', 'last', 'softmax', 'a\0b', '\ud800', '-1', '99999999999999999999', '/', '/dev/null'].map(
    (text) => () => text,
  ),
  () => 'x'.repeat(100_000),
  () => ({}),
  () => [],
  () => [[]],
  () => new Array(2 ** 32 - 1),
  () => Array.from({ length: 3 }, () => 2 ** 52),
  () => Array.from({ length: 70 }, () => 1),
  () => new Date(),
  () => new Proxy([], {}),
  revoked,
  () => Object.create(null),
  () => Promise.resolve(1),
  () => Int32Array.of(),
  () => Int32Array.of(0),
  () => Int32Array.of(-1, 2 ** 31 - 1),
  () => new Int32Array(1 << 20),
  () => new Int32Array(new SharedArrayBuffer(16)),
  () => new Float32Array(4),
  () => new Uint8Array(3),
  () => new BigInt64Array(2),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(16),
  detached,
  shrunk,
  () => oneOf(Object.values(handles)),
  () => oneOf(Object.values(closed)),
];

/**
 * The valid call of each function; a case spoils a copy of it.
 * @type {Readonly<Record<string, { of: 'addon' | 'device' | 'store' | 'model' | 'sequence', args: () => any[] }>>}
 */
const calls = {
  deviceCount: { of: 'addon', args: () => [library] },
  probe: { of: 'addon', args: () => [library, 0] },
  openDevice: { of: 'addon', args: () => [library, { threads: 1, deviceIndex: 0 }] },
  describe: { of: 'device', args: () => [] },
  createStore: { of: 'device', args: () => [parameters.slice(0, 3)] },
  load: { of: 'store', args: () => [files, items.slice(0, 3), { threads: 2, statistics: true }] },
  progress: { of: 'store', args: () => [] },
  itemsDone: { of: 'store', args: () => [] },
  parameterBytes: { of: 'store', args: () => [] },
  takeReads: { of: 'store', args: () => [] },
  cancel: { of: 'store', args: () => [] },
  resume: { of: 'store', args: () => [] },
  statistics: { of: 'store', args: () => [1] },
  createModel: { of: 'store', args: () => [random() < 0.5 ? config : { ...config, firstDense: 9, mtpLayers: 0 }] },
  createSequence: { of: 'model', args: () => [4, Int32Array.of(0, 1, 2, 3)] },
  targetPass: {
    of: 'sequence',
    args: () => [Int32Array.of(1, 2), 0, { ...everything, probeIds: Int32Array.of(1, -1) }],
  },
  mtpPass: {
    of: 'sequence',
    args: () => [
      {
        layer: 0,
        firstRow: 0,
        hiddenLayer: -1,
        hiddenFirstRow: 0,
        zeroEmbeddingAtPositionZero: true,
        targetEmbedding: false,
        targetHead: false,
        normedChain: false,
      },
      Int32Array.of(5),
      { ...everything, here: true, probeIds: Int32Array.of(1) },
    ],
  },
};

/**
 * Every place in the arguments that can be spoilt.
 * @param {any} value
 * @param {(string | number)[]} path
 * @returns {(string | number)[][]}
 */
function placesIn(value, path = []) {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, inner]) =>
      placesIn(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

/**
 * @param {any[]} args
 * @param {(string | number)[]} path
 * @param {PropertyDescriptor} place
 */
function spoil(args, path, place) {
  /** @type {any} */
  let at = args;
  for (const key of path.slice(0, -1)) at = at[key];
  Object.defineProperty(at, path.at(-1) ?? 0, { configurable: true, enumerable: true, ...place });
}

/** @param {any} value */
function textOf(value) {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  return Object.prototype.toString.call(value === null || typeof value !== 'object' ? value : {}).concat(typeof value);
}

/**
 * @param {string} what
 * @param {any} error
 * @param {boolean} mayBeForeign the receiver was none: the engine itself refuses then
 */
function judge(what, error, mayBeForeign) {
  const wrong = (/** @type {string} */ why) => new Error(`${what}: ${why}`, { cause: error });
  if (!(error instanceof Error)) throw wrong('what was thrown is no Error');
  const code = 'code' in error ? error.code : undefined;
  if (mayBeForeign && code === undefined && error instanceof TypeError) return;
  if (typeof code !== 'string' || !codes.includes(code))
    throw wrong(`code ${String(code)} is none of the addon's: ${error.message}`);
  if (code === 'internal') throw wrong(`an internal failure: ${error.message}`);
  if (!/\S+ \S+/.test(error.message) || /to -\d/.test(error.message))
    throw wrong(`the message is not clear: ${error.message}`);
}

/**
 * Uses what a call has made, closes it.
 * @param {string} what
 * @param {any} made
 */
async function goOn(what, made) {
  if (made === null || typeof made !== 'object' || typeof made.close !== 'function') return;
  try {
    if (typeof made.describe === 'function') made.describe();
    if (typeof made.createSequence === 'function') {
      const short = made.createSequence(3);
      try {
        await short.targetPass(Int32Array.of(1, 2), 0, everything);
        await short.mtpPass(calls.mtpPass?.args()[0], Int32Array.of(1), { ...everything });
      } finally {
        short.close();
      }
    }
    if (typeof made.targetPass === 'function') await made.targetPass(Int32Array.of(1), 0, everything);
    if (typeof made.statistics === 'function') await made.statistics(0);
  } catch (error) {
    judge(`${what}, then used`, error, false);
  } finally {
    made.close();
  }
}

const record = Object.fromEntries(Object.keys(calls).map((name) => [name, { refused: 0, accepted: 0 }]));
const unspoiltRounds = 2;

for (let turn = 0; turn < Number(caseText); turn++) {
  const name = oneOf(Object.keys(calls));
  const call = calls[name];
  if (call === undefined) throw new Error('no such call');
  const args = call.args().map((arg) => (ArrayBuffer.isView(arg) ? arg : structuredClone(arg)));
  const places = placesIn(args);
  let mustRefuse = false;
  const told = [];
  /** @type {(string | number)[][]} */
  const spoiltPaths = [];
  const spoils = turn < unspoiltRounds * Object.keys(calls).length || places.length === 0 ? 0 : 1 + below(3);
  for (let spoilt = 0; spoilt < spoils; spoilt++) {
    const path = oneOf(places);
    // Nothing is looked for inside what was spoilt already.
    if (spoiltPaths.some((done) => done.every((key, at) => key === path[at]))) continue;
    spoiltPaths.push(path);
    const kind = random();
    // One spoilt place may hide another, so only a single one says for sure what has to follow.
    if (kind < 0.2) {
      const value = oneOf(neverValid)();
      spoil(args, path, { value, writable: true });
      mustRefuse = spoils === 1;
      told.push(`${path.join('.')} = ${textOf(value)}`);
    } else if (kind < 0.9 || path.length < 2) {
      const value = oneOf(hostile)();
      spoil(args, path, { value, writable: true });
      told.push(`${path.join('.')} = ${textOf(value)}`);
    } else {
      const closing = device.createStore(parameters.slice(0, 1));
      const throws = random() < 0.5;
      spoil(args, path, {
        get() {
          closing.close();
          if (throws) throw new RangeError('a getter that throws');
          return 1;
        },
      });
      told.push(`${path.join('.')} = getter${throws ? ' that throws' : ''}`);
    }
  }
  const receiver = random();
  /** @type {any} */
  let self = call.of === 'addon' ? addon : handles[call.of];
  let isForeign = false;
  if (call.of !== 'addon' && receiver < 0.1) {
    self = closed[call.of];
    mustRefuse = true;
    told.push('on a closed handle');
  } else if (call.of !== 'addon' && receiver < 0.2) {
    self = oneOf([undefined, null, {}, addon, ...Object.values(handles), Object.create(handles[call.of])]);
    isForeign = self !== handles[call.of];
    mustRefuse = isForeign || mustRefuse;
    told.push('on something else');
  }
  const what = `case ${turn}, ${name}(${told.join('; ')})`;
  writeFileSync(log, what);
  const run = call.of === 'addon' ? addon[name] : handles[call.of][name];
  let refused = false;
  let made = null;
  try {
    made = await run.apply(self, args);
  } catch (error) {
    refused = true;
    judge(what, error, isForeign);
  }
  // A probe answers with what is wrong.
  if (name === 'probe' && made?.available === false) {
    refused = true;
    judge(what, Object.assign(new Error(made.message), { code: made.code }), false);
  }
  await goOn(what, made);
  if (mustRefuse && !refused) throw new Error(`${what} was accepted`);
  const counts = record[name];
  if (counts !== undefined) counts[refused ? 'refused' : 'accepted']++;
}

// What was refused has left nothing behind.
const after = await sequence.targetPass(Int32Array.of(1, 2, 3, 4), 0, everything);
if (JSON.stringify([...after.logits]) !== JSON.stringify([...reference.logits]))
  throw new Error('the model computes something else now');

console.log(JSON.stringify(record));
// Work that runs is left to the end of the process.
void loading.load(files, items, { threads: 2 });
void sequence.targetPass(Int32Array.of(1, 2), 0, everything);
process.exit(0);
