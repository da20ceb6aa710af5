/**
 * Every command and event that crosses a process border, said once as schemas. The client in the page and the handlers
 * in the engine are derived from these tables; receivers parse and refuse what does not fit.
 */
import { z } from 'zod';
import { failureCodes } from './failure.ts';

// The page's policy forbids eval; schemas must not try to compile themselves, not even to find that out.
z.config({ jitless: true });

const count = z.number().int().nonnegative();
/** A typed array crosses a port as itself; its elements are not looked at. */
const typed = <T>(kind: abstract new (...parameters: never[]) => T) => z.custom<T>((value) => value instanceof kind);
const bytes = count;
const micros = z.number().nonnegative();
const ids = z.array(z.number().int());

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  message: z.string(),
  hint: z.string(),
  path: z.string().optional(),
});

export const parallelSchema = z.object({
  tensorParallelSize: z.number().int().min(1).max(1024),
  dataParallelSize: z.number().int().min(1).max(1024),
  enableExpertParallel: z.boolean(),
  expertPlacementStrategy: z.enum(['linear', 'roundRobin']),
  rank: count,
  all2allBackend: z.string(),
  enableEplb: z.boolean(),
  numRedundantExperts: count,
  aiterFusedMoe: z.boolean(),
  aiterFusedSharedExperts: z.boolean(),
  useMla: z.boolean(),
});

const backendSchema = z.object({
  kind: z.enum(['cpu', 'cuda']),
  available: z.boolean(),
  detail: z.string(),
  threads: count,
  memoryTotal: bytes,
  memoryFree: bytes,
});

/** The open checkpoint, as columns over its tensors (index = tensor index everywhere). */
export const checkpointSchema = z.object({
  /** Grows with every opened checkpoint; plans and loads carry it. */
  id: count,
  name: z.string(),
  folder: z.string(),
  /** What the model card shows, in reading order. */
  card: z.array(z.object({ group: z.string(), label: z.string(), value: z.string(), key: z.string().optional() })),
  numHiddenLayers: count,
  numMtpLayers: count,
  numRoutedExperts: count,
  hasTokenizer: z.boolean(),
  files: z.array(z.object({ name: z.string(), bytes, tensors: count })),
  tensors: z.object({
    names: z.array(z.string()),
    dtypes: z.array(z.string()),
    shapes: z.array(z.array(z.number())),
    bytes: typed<Float64Array>(Float64Array),
    file: typed<Int32Array>(Int32Array),
    /** Layer number in the name; -1 = none. */
    layer: typed<Int32Array>(Int32Array),
  }),
  totals: z.object({ tensors: count, bytes }),
  /** Where the bytes are. */
  parts: z.array(z.object({ id: z.string(), label: z.string(), tensors: count, bytes })),
  /** Trouble that did not stop the opening. */
  problems: z.array(failureSchema),
  prompts: z.array(z.object({ text: z.string(), label: z.string() })),
  openedMicros: micros,
});

export const severities = ['blocker', 'silent', 'warning', 'note'] as const;

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(severities),
  /** One sentence with names and numbers. */
  sentence: z.string(),
  evidence: z.array(z.string()),
  advice: z.string(),
});

/** What the reference loader does with every tensor on one rank. */
export const planSchema = z.object({
  checkpointId: count,
  reference: z.string(),
  parallel: parallelSchema,
  verdict: z.object({ level: z.enum(['good', 'silent', 'blocked']), sentence: z.string() }),
  initError: z.object({ type: z.string(), message: z.string() }).nullable(),
  firstError: z.object({ at: z.string(), type: z.string(), message: z.string() }).nullable(),
  findings: z.array(findingSchema),
  /** Rules in the order in which they are tried. */
  rules: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['loaded', 'skipped', 'error']),
      explain: z.string(),
      source: z.string(),
      tensors: count,
      bytes,
    }),
  ),
  tensors: z.object({
    /** Index into the outcomes list of domain.ts: 0 loaded, 1 skipped, 2 error. */
    outcome: typed<Uint8Array>(Uint8Array),
    rule: typed<Uint16Array>(Uint16Array),
    /** Index into parameters; -1 = none. */
    parameter: typed<Int32Array>(Int32Array),
    /** Index into slots names below. */
    slot: typed<Uint8Array>(Uint8Array),
    /** Logical expert; -1 = none. */
    expert: typed<Int32Array>(Int32Array),
  }),
  slotNames: z.array(z.string()),
  parameters: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number()),
      dtype: z.string(),
      bytes,
      numel: count,
      covered: count,
      slots: z.array(z.object({ slot: z.string(), tensors: count, covered: count, numel: count })),
    }),
  ),
  totals: z.object({
    loaded: z.object({ tensors: count, bytes }),
    skipped: z.object({ tensors: count, bytes }),
    error: z.object({ tensors: count, bytes }),
  }),
  /** Names the reference would report as loaded although no parameter of that name exists. */
  reportedButNotLoaded: count,
  neverLoaded: z.array(z.string()),
  partiallyLoaded: z.array(z.string()),
  placement: z.object({
    useExpertParallel: z.boolean(),
    epSize: count,
    epRank: count,
    moeTpSize: count,
    numLogicalExperts: count,
    numPhysicalExperts: count,
    policy: z.enum(['linear', 'roundRobin']),
    expertsOfRank: z.array(ids),
    /** Drafter bytes that each expert-parallel rank holds, experts and the rest. */
    bytesOfRank: z.array(z.object({ experts: bytes, rest: bytes })),
    notes: z.array(z.string()),
  }),
  planMicros: micros,
});

const boxSchema = z.array(z.tuple([z.number(), z.number()]));

export const storySchema = z.object({
  tensor: count,
  name: z.string(),
  outcome: z.enum(['loaded', 'skipped', 'error']),
  specLayer: z.number().int().nullable(),
  rewritten: z.string().nullable(),
  /** One sentence that says the result. */
  summary: z.string(),
  steps: z.array(z.object({ rule: z.string(), explain: z.string(), did: z.string(), source: z.string() })),
  parameter: z.object({ name: z.string(), shape: z.array(z.number()), dtype: z.string() }).nullable(),
  slot: z.string().nullable(),
  expert: z.number().int().nullable(),
  copies: z.array(z.object({ dst: boxSchema, src: boxSchema.optional(), fill: z.number().optional() })),
  /** Names that the reference adds to its loaded set; null stands for the value None. */
  reported: z.array(z.string().nullable()),
});

/** A load, running or ended. Everything is counted in tensors and bytes of the files. */
export const loadStateSchema = z.object({
  /** Grows with every load and decode of the engine. */
  run: count,
  checkpointId: count,
  /** The set-up and the rank that are loaded. */
  parallel: parallelSchema,
  status: z.enum(['running', 'done', 'cancelled', 'failed']),
  threads: count,
  backend: z.enum(['cpu', 'cuda']),
  tensorsTotal: count,
  tensorsDone: count,
  bytesTotal: bytes,
  bytesRead: bytes,
  micros,
  /** Target and drafter tensors that are read, and what is left out, by reason. */
  groups: z.array(
    z.object({
      id: z.string(),
      label: z.string(),
      kind: z.enum(['loaded', 'skipped', 'error']),
      tensors: count,
      bytes,
      doneTensors: count,
      doneBytes: bytes,
    }),
  ),
  parametersTotal: count,
  parameterBytes: bytes,
  /** Bytes read over time, at most 200 points; both counted from the start. */
  timeline: z.array(z.object({ micros, bytes })),
  failure: failureSchema.nullable(),
});

const candidateSchema = z.object({ id: z.number().int(), text: z.string(), probability: z.number() });

export const decodeStepSchema = z.object({
  run: count,
  index: count,
  contextLen: count,
  draftIds: ids,
  draftTexts: z.array(z.string()),
  /** Probability that the drafter gave its own draft, per position. */
  draftProbabilities: z.array(z.number()),
  /** Probability that the target gives the draft, per position. */
  targetProbabilities: z.array(z.number()),
  /** The target's own choice after each position: one more than drafts. */
  targetIds: ids,
  verdicts: z.array(z.enum(['accepted', 'rejected', 'notReached'])),
  accepted: count,
  nextId: z.number().int(),
  nextText: z.string(),
  kind: z.enum(['bonus', 'recovered']),
  /** Best candidates per position, drafter and target (one more). */
  draftCandidates: z.array(z.array(candidateSchema)),
  targetCandidates: z.array(z.array(candidateSchema)),
  outputIds: ids,
  draftMicros: micros,
  verifyMicros: micros,
  /** Running counters after this step. */
  counters: z.object({
    numSteps: count,
    drafted: count,
    accepted: count,
    acceptedAtLeast: z.array(count),
    outputTokens: count,
  }),
});

export const decodeStateSchema = z.object({
  run: count,
  status: z.enum(['running', 'done', 'stopped', 'failed']),
  prompt: z.string(),
  promptIds: ids,
  promptTexts: z.array(z.string()),
  firstId: z.number().int().nullable(),
  firstText: z.string(),
  predictor: z.enum(['modules', 'referenceEngine']),
  numSpeculativeTokens: count,
  maxTokens: count,
  /** Said where the reference engine itself would refuse or behave differently. */
  notes: z.array(z.string()),
  prefillMicros: micros,
  totalMicros: micros,
  outputIds: ids,
  text: z.string(),
  endReason: z.enum(['length', 'endToken', 'stopped', 'failed']).nullable(),
  failure: failureSchema.nullable(),
});

/** Commands that the page sends to the engine: input and output. */
export const commands = {
  'session.state': {
    input: z.object({}),
    output: z.object({
      backends: z.array(backendSchema),
      checkpoint: checkpointSchema.nullable(),
      plan: planSchema.nullable(),
      load: loadStateSchema.nullable(),
      version: z.string(),
    }),
  },
  'plan.make': { input: z.object({ parallel: parallelSchema }), output: planSchema },
  'tensor.explain': { input: z.object({ tensor: count }), output: storySchema },
  /** Loads the rank of the current plan: target and drafter. Answers when it has ended (done, cancelled or failed). */
  'load.start': { input: z.object({ threads: z.number().int().min(0).max(256) }), output: loadStateSchema },
  'load.cancel': { input: z.object({}), output: z.object({}) },
  /** Decodes greedily; answers when it has ended. Loads a single rank first when none is loaded. */
  'decode.start': {
    input: z.object({
      prompt: z.string().max(200_000),
      promptIds: ids.optional(),
      maxTokens: z.number().int().min(1).max(100_000),
      /** 0 = plain decoding. */
      numSpeculativeTokens: z.number().int().min(0).max(32),
      predictor: z.enum(['modules', 'referenceEngine']),
      /** Slows the run down so that people can watch: at least this long per step. */
      paceMillis: z.number().min(0).max(2000),
    }),
    output: decodeStateSchema,
  },
  'decode.stop': { input: z.object({}), output: z.object({}) },
} as const;

export type CommandName = keyof typeof commands;
export type CommandInput<N extends CommandName> = z.infer<(typeof commands)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.infer<(typeof commands)[N]['output']>;

/** Events that the engine sends to the page. */
export const events = {
  'checkpoint.opening': z.object({ folder: z.string(), files: count, filesRead: count }),
  'checkpoint.opened': checkpointSchema,
  'checkpoint.failed': failureSchema,
  'plan.ready': planSchema,
  'load.progress': loadStateSchema,
  'decode.started': decodeStateSchema,
  'decode.steps': z.array(decodeStepSchema),
  'decode.ended': decodeStateSchema,
} as const;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]>;

/** Envelopes on the port. */
export const requestSchema = z.object({
  kind: z.literal('request'),
  id: count,
  command: z.string(),
  input: z.unknown(),
});
export const replySchema = z.discriminatedUnion('ok', [
  z.object({ kind: z.literal('reply'), id: count, ok: z.literal(true), output: z.unknown() }),
  z.object({ kind: z.literal('reply'), id: count, ok: z.literal(false), failure: failureSchema }),
]);
export const eventSchema = z.object({ kind: z.literal('event'), event: z.string(), payload: z.unknown() });

/** What main tells the page about the engine process. */
export const engineStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('starting') }),
  z.object({ status: z.literal('running'), pid: count }),
  z.object({ status: z.literal('stopped'), failure: failureSchema }),
]);
export type EngineStatus = z.infer<typeof engineStatusSchema>;

export interface RecentCheckpoint {
  readonly name: string;
  readonly folder: string;
}

/**
 * What preload puts on window.draftscope. Main owns paths: the page can ask for a choice, never name a folder itself
 * (a dropped File is turned into a path by preload and checked by main). The engine port arrives once per engine start
 * as a window message { type: 'draftscope:engine-port' } with the MessagePort in event.ports[0].
 */
export interface DraftscopeBridge {
  openDialog(): Promise<void>;
  openDropped(file: { readonly name: string }): Promise<void>;
  openRecent(folder: string): Promise<void>;
  openDemo(): Promise<void>;
  reopen(): Promise<void>;
  recent(): Promise<readonly RecentCheckpoint[]>;
  restartEngine(): Promise<void>;
  /** Calls back at once with the present status and on every change; returns the unsubscriber. */
  onEngineStatus(listener: (status: EngineStatus) => void): () => void;
  /** Asks main to connect the page to the engine (again). Called once the page listens for the port. */
  connect(): Promise<void>;
  readonly platform: string;
}

export type Checkpoint = z.infer<typeof checkpointSchema>;
export type Plan = z.infer<typeof planSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type Story = z.infer<typeof storySchema>;
export type LoadState = z.infer<typeof loadStateSchema>;
export type DecodeStep = z.infer<typeof decodeStepSchema>;
export type DecodeState = z.infer<typeof decodeStateSchema>;
export type BackendInfo = z.infer<typeof backendSchema>;
export type Severity = (typeof severities)[number];
