/** Small, valid values of the contract's types. */
import type {
  Checkpoint,
  DecodeState,
  DecodeStep,
  DeviceState,
  LoadReads,
  LoadState,
  MemoryNeed,
  Placement,
  Plan,
  ReadCeiling,
} from '../../../electron/common/contract.ts';
import { greedy, type ParallelConfig, singleRank } from '../../../electron/common/domain.ts';

export const tensorNames = [
  'model.embed_tokens.weight',
  'model.layers.0.mlp.up_proj.weight',
  'model.layers.4.mlp.experts.0.up_proj.weight',
  'model.layers.4.mlp.experts.1.up_proj.weight',
  'model.layers.40.enorm.weight',
];

const gone = { name: '', instructions: '', driver: '', threads: 0, memoryTotal: 0, memoryFree: 0 };

export const noDevice: DeviceState = { backends: [], choice: { kind: 'cpu' }, active: null };

export function sampleDevice(): DeviceState {
  return {
    backends: [
      {
        kind: 'cpu',
        id: 'cpu',
        available: true,
        detail: 'A processor, avx512',
        name: 'A processor',
        instructions: 'avx512',
        driver: '',
        threads: 2,
        memoryTotal: 2000,
        memoryFree: 1000,
      },
      { kind: 'cuda', id: 'cuda:0', available: false, detail: 'No CUDA driver.', ...gone },
    ],
    choice: { kind: 'cpu' },
    active: 'cpu',
  };
}

export function sampleNeed(total: number): MemoryNeed {
  const smaller = { parallel: { ...singleRank, tensorParallelSize: 2 }, ranks: 2, bytes: 700 };
  return {
    checkpointId: 1,
    parallel: singleRank,
    sharesTables: false,
    ranks: [
      {
        ranks: [0],
        target: total - 100,
        drafter: 100,
        ownTables: 10,
        total,
        byKind: Float64Array.from([total, ...Array(9).fill(0)]),
      },
    ],
    failure: null,
    run: { rows: 4096, weights: total, ownTables: 10, cache: 50, activations: 40, total: total + 90 },
    notRunnable: null,
    devices: [{ id: 'cpu', free: 1000, smaller: total > 1000 ? smaller : null }],
  };
}

export function sampleCheckpoint(): Checkpoint {
  return {
    id: 1,
    name: 'tiny',
    folder: 'models/tiny',
    card: [],
    numHiddenLayers: 4,
    numMtpLayers: 3,
    numRoutedExperts: 2,
    vocabSize: 300,
    hasTokenizer: true,
    files: [{ name: 'model.safetensors', bytes: 500, tensors: 5 }],
    tensors: {
      names: tensorNames,
      dtypes: ['BF16'],
      dtype: new Uint16Array(5),
      shapes: [[5, 10]],
      shape: new Int32Array(5),
      bytes: new Float64Array(5).fill(100),
      file: new Int32Array(5),
      layer: Int32Array.from([-1, 0, 4, 4, 40]),
    },
    totals: { tensors: 5, bytes: 500 },
    parts: [],
    sources: [],
    problems: [],
    prompts: [{ text: 'And it came', label: 'first' }],
    openedMicros: 10,
  };
}

export function samplePlan(parallel: ParallelConfig = singleRank): Plan {
  return {
    checkpointId: 1,
    reference: 'reference',
    parallel,
    verdict: { level: 'good', sentence: 'Would load.', reference: 'reference', newerVersions: [] },
    initError: null,
    firstError: null,
    findings: [
      { code: 'b', severity: 'note', sentence: 'A note.', evidence: [], hint: '' },
      { code: 'a', severity: 'blocker', sentence: 'A blocker.', evidence: [], hint: '' },
      { code: 'c', severity: 'note', sentence: 'Another note.', evidence: [], hint: '' },
    ],
    rules: [
      { id: 'other', outcome: 'skipped', explain: '', source: '', tensors: 2, bytes: 200 },
      { id: 'expert', outcome: 'loaded', explain: '', source: '', tensors: 2, bytes: 200 },
      { id: 'direct', outcome: 'error', explain: '', source: '', tensors: 1, bytes: 100 },
    ],
    tensors: {
      outcome: Uint8Array.from([1, 1, 0, 0, 2]),
      rule: Uint16Array.from([0, 0, 1, 1, 2]),
      parameter: Int32Array.from([-1, -1, 0, 0, -1]),
      slot: new Uint8Array(5),
      expert: Int32Array.from([-1, -1, 0, 1, -1]),
    },
    slotNames: [''],
    parameters: [],
    totals: {
      loaded: { tensors: 2, bytes: 200 },
      skipped: { tensors: 2, bytes: 200 },
      error: { tensors: 1, bytes: 100 },
    },
    reportedButNotLoaded: 0,
    neverLoaded: [],
    partiallyLoaded: [],
    placement: {
      useExpertParallel: false,
      epSize: 1,
      epRank: 0,
      moeTpSize: 1,
      numLogicalExperts: 2,
      numPhysicalExperts: 2,
      policy: 'linear',
      expertsOfRank: [[0, 1]],
      bytesOfRank: [{ experts: 10, rest: 10 }],
      notes: [],
    },
    planMicros: 5,
  };
}

/** Two ranks, two experts and two copies of them, round robin asked for; the copies are never loaded. */
export function samplePlacement(patch: Partial<ParallelConfig> = {}): Placement {
  const bytes = {
    bytes: Float64Array.from([100, 0, 0, 10, 0, 0, 0, 20, 0, 5, 50, 0, 0, 10, 0, 0, 0, 20, 0, 5]),
    total: Float64Array.from([135, 85]),
    imbalance: 135 / 110,
    errors: [],
  };
  return {
    checkpointId: 1,
    parallel: { ...singleRank, tensorParallelSize: 2, enableExpertParallel: true, ...patch },
    numRanks: 2,
    useExpertParallel: true,
    epSize: 2,
    moeTpSize: 1,
    policy: {
      asked: 'roundRobin',
      inForce: 'linear',
      reason: 'Round robin does not go together with redundant experts.',
    },
    numLogicalExperts: 2,
    numPhysicalExperts: 4,
    numFusedSharedExperts: 0,
    layers: [
      { layer: 0, hasExperts: false, isMtp: false },
      { layer: 1, hasExperts: true, isMtp: false },
      { layer: 2, hasExperts: true, isMtp: true },
    ],
    physicalToLogical: Int32Array.from([0, 1, 0, 1]),
    replicas: Int32Array.from([2, 2]),
    slots: {
      start: Int32Array.from([0, 2, 4]),
      physical: Int32Array.from([0, 1, 2, 3]),
      routed: Int32Array.from([0, 1, 0, 1]),
      loadedByDrafter: Int32Array.from([0, 1, -1, -1]),
      loadedByTarget: Int32Array.from([0, 1, 0, 1]),
    },
    replicasOnOneRank: [],
    mismatches: { drafter: Int32Array.from([2, 3]), target: new Int32Array() },
    drafter: bytes,
    target: { ...bytes, total: Float64Array.from([85, 85]), imbalance: 1 },
    tensors: null,
    notes: [],
    micros: 1,
  };
}

export function sampleLoad(patch: Partial<LoadState> = {}): LoadState {
  return {
    checkpointId: 1,
    status: 'running',
    paused: false,
    pausedMicros: 0,
    threads: 2,
    backend: 'cpu',
    tensorsTotal: 5,
    tensorsDone: 0,
    bytesTotal: 500,
    bytesRead: 0,
    micros: 0,
    groups: [],
    parametersTotal: 2,
    parameterBytes: 500,
    timeline: [],
    run: 1,
    parallel: singleRank,
    failure: null,
    ...patch,
  };
}

export function sampleRun(patch: Partial<DecodeState> = {}): DecodeState {
  return {
    run: 1,
    status: 'running',
    prompt: 'And',
    promptIds: [0, 7],
    promptTexts: ['<bos>', 'And'],
    firstId: 8,
    firstText: ' it',
    predictor: 'modules',
    alternatives: [],
    numSpeculativeTokens: 2,
    sampling: greedy,
    maxTokens: 8,
    notes: [],
    prefillMicros: 1,
    totalMicros: 1,
    outputIds: [],
    text: '',
    endReason: null,
    failure: null,
    ...patch,
  };
}

/** Steps of a run with k drafts, from how many were accepted in each. */
export function sampleSteps(k: number, acceptedCounts: readonly number[], run = 1): DecodeStep[] {
  const counters = {
    numSteps: 0,
    numDrafts: 0,
    drafted: 0,
    accepted: 0,
    acceptedAtLeast: new Array<number>(k).fill(0),
    outputTokens: 1,
  };
  return acceptedCounts.map((accepted, index) => {
    counters.numSteps += 1;
    counters.numDrafts += 1;
    counters.drafted += k;
    counters.accepted += accepted;
    counters.outputTokens += accepted + 1;
    counters.acceptedAtLeast = counters.acceptedAtLeast.map((count, position) => count + (position < accepted ? 1 : 0));
    const positions = Array.from({ length: k }, (_, position) => position);
    return {
      run,
      index,
      contextLen: 3,
      draftIds: positions.map((position) => 100 + position),
      draftTexts: positions.map((position) => `d${position}`),
      draftProbabilities: positions.map(() => 0.5),
      targetProbabilities: positions.map(() => 0.5),
      uniforms: [],
      targetIds: [...positions, k],
      verdicts: positions.map((position) =>
        position < accepted ? 'accepted' : position === accepted ? 'rejected' : 'notReached',
      ),
      accepted,
      nextId: 200,
      nextText: 'next',
      kind: accepted === k ? 'bonus' : 'recovered',
      draftCandidates: [],
      targetCandidates: [],
      outputIds: [],
      draftMicros: 10,
      verifyMicros: 30,
      counters: { ...counters },
    };
  });
}

export const sampleCeiling: ReadCeiling = { bytes: 400, micros: 100, readers: 2, passes: 3 };

/** Three reads of the first file by two threads. */
export function sampleReads(): LoadReads {
  return {
    run: 1,
    file: new Int32Array(3),
    thread: Int32Array.from([0, 1, 0]),
    beginMicros: Float64Array.from([0, 10, 50]),
    endMicros: Float64Array.from([40, 50, 90]),
    bytes: new Float64Array(3).fill(100),
    parameterBytes: new Float64Array(),
  };
}
