/**
 * Every command and event that crosses a process border, said once as schemas (the larger ones in schemas/). The client
 * in the page and the handlers in the engine are derived from these tables; receivers parse and refuse what does not fit.
 */
import { z } from 'zod';
import type { Failure } from './failure.ts';
import { checkpointSchema } from './schemas/checkpoint.ts';
import {
  compareInputSchema,
  compareSchema,
  controlInputSchema,
  controlStateSchema,
  currentRunSchema,
  decodeInputSchema,
  decodeStateSchema,
  decodeStepSchema,
  routingSchema,
} from './schemas/decode.ts';
import { type backendSchema, deviceChoiceSchema, deviceStateSchema, memoryNeedSchema } from './schemas/device.ts';
import {
  loadParametersSchema,
  loadReadsSchema,
  loadStateSchema,
  parameterStatisticsSchema,
  readCeilingSchema,
} from './schemas/load.ts';
import { movesSchema, placementSchema } from './schemas/placement.ts';
import {
  type evidenceSchema,
  type findingSchema,
  parameterSlotsSchema,
  planSchema,
  type severities,
  storySchema,
  tensorSlicesSchema,
} from './schemas/plan.ts';
import { count, failureSchema, parallelSchema } from './schemas/primitives.ts';
import { tensorValuesSchema, valuesProgressSchema } from './schemas/values.ts';

/** Commands that the page sends to the engine: input and output. */
export const commands = {
  'session.state': {
    input: z.object({}),
    output: z.object({
      device: deviceStateSchema,
      checkpoint: checkpointSchema.nullable(),
      plan: planSchema.nullable(),
      load: loadStateSchema.nullable(),
      /** The running or last run whole, for a page that came late. */
      decode: currentRunSchema.nullable(),
      version: z.string(),
    }),
  },
  /** Chooses the device of the next load or decode; weights on another one are let go of then. */
  'device.choose': { input: z.object({ choice: deviceChoiceSchema }), output: deviceStateSchema },
  /** Whether the next load or decode has the MTP layers use the target's embedding and head in place of their own. */
  'tables.share': { input: z.object({ shared: z.boolean() }), output: z.object({}) },
  /** What every rank of the plan's set-up needs, what running needs, and whether it fits each device; as of now. */
  'memory.need': { input: z.object({}), output: memoryNeedSchema },
  'plan.make': { input: z.object({ parallel: parallelSchema }), output: planSchema },
  /** All ranks of a set-up at once; leaves the plan in force as it is. */
  'placement.make': { input: z.object({ parallel: parallelSchema }), output: placementSchema },
  /** What moves when one set-up is changed into another, for the drafter's or the target's routed experts. */
  'placement.compare': {
    input: z.object({ from: parallelSchema, to: parallelSchema, model: z.enum(['drafter', 'target']) }),
    output: movesSchema,
  },
  'tensor.explain': { input: z.object({ tensor: count }), output: storySchema },
  /** What every rank of the plan's set-up does with the tensor. */
  'tensor.slices': { input: z.object({ tensor: count }), output: tensorSlicesSchema },
  /** Which tensor fills each slot of a parameter of the plan in force. */
  'parameter.slots': { input: z.object({ parameter: count }), output: parameterSlotsSchema },
  /** Reads at most 1 MiB of a tensor: its first values and statistics. */
  'tensor.inspect': {
    input: z.object({ tensor: count, maxValues: z.number().int().min(0).max(65_536) }),
    output: tensorValuesSchema,
  },
  /** Loads the rank of the current plan: target and drafter. Answers when it has ended (done, cancelled or failed). */
  'load.start': {
    input: z.object({
      threads: z.number().int().min(0).max(256),
      /** Values are counted while they are read. */
      statistics: z.boolean().optional(),
    }),
    output: loadStateSchema,
  },
  'load.cancel': { input: z.object({}), output: z.object({}) },
  /** Holds the running load, or lets it go on. Answers with the state; null when no load runs. */
  'load.pause': { input: z.object({ paused: z.boolean() }), output: loadStateSchema.nullable() },
  /** All reads of the running or last load so far, for a page that came late; null when there was none. */
  'load.reads': { input: z.object({}), output: loadReadsSchema.nullable() },
  /** Of the parameter that the tensor was loaded into; null when the last load counted nothing of it. */
  'load.statistics': { input: z.object({ tensor: count }), output: parameterStatisticsSchema.nullable() },
  'load.parameters': { input: z.object({}), output: loadParametersSchema.nullable() },
  /** Reads the beginning of the files plainly, for well under a second: what a load's throughput is held against. */
  'load.ceiling': { input: z.object({ threads: z.number().int().min(1).max(256) }), output: readCeilingSchema },
  /** Decodes; answers when it has ended. Loads a single rank first when none is loaded. */
  'decode.start': { input: decodeInputSchema, output: decodeStateSchema },
  /** Changes the running decode. */
  'decode.control': { input: controlInputSchema, output: controlStateSchema },
  /** Measures plain decoding against decoding with drafts. */
  'decode.compare': { input: compareInputSchema, output: compareSchema },
  /** Stops a decode or a comparison. */
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
  /** Begins after plan.ready; at most ten a second, and once at the end, before the plan with what was found. */
  'values.progress': valuesProgressSchema,
  'load.progress': loadStateSchema,
  /** The reads since the last such event; at most ten a second. */
  'load.reads': loadReadsSchema,
  'decode.started': decodeStateSchema,
  'decode.steps': z.array(decodeStepSchema),
  'decode.ended': decodeStateSchema,
  /** At most twice a second while a run lasts, and at its end. */
  'decode.routing': routingSchema,
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

/** An engine process that is there and does not answer: for how long, and whether it uses the processor meanwhile. */
const engineSilenceSchema = z.object({ seconds: count, working: z.boolean() });
export type EngineSilence = z.infer<typeof engineSilenceSchema>;

/** What main tells the page about the engine process. */
export const engineStatusSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('starting') }),
  z.object({ status: z.literal('running'), pid: count, silence: engineSilenceSchema.optional() }),
  z.object({ status: z.literal('stopped'), failure: failureSchema }),
]);
export type EngineStatus = z.infer<typeof engineStatusSchema>;

export interface RecentCheckpoint {
  readonly name: string;
  readonly folder: string;
  /** It is not there any more, or its disk is not. */
  readonly missing?: boolean;
}

export type ExportKind = 'html' | 'csv' | 'json' | 'svg';

/** saved: the file's name; null when the dialog was cancelled or the writing failed. */
export interface ExportResult {
  readonly saved: string | null;
  readonly failure: Failure | null;
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
  /** Takes an entry off the recent list; the folder itself stays as it is. */
  forgetRecent(folder: string): Promise<void>;
  openDemo(): Promise<void>;
  reopen(): Promise<void>;
  recent(): Promise<readonly RecentCheckpoint[]>;
  restartEngine(): Promise<void>;
  /** The text after --link on the command line, told once; null = none. It is not checked. */
  startLink(): Promise<string | null>;
  /** Puts text on the clipboard; the page itself may not. */
  copyText(text: string): Promise<void>;
  /** Asks where to, and writes the text there. `about` names the thing; the name of the file is main's suggestion. */
  saveFile(request: {
    readonly kind: ExportKind;
    readonly about: string;
    readonly text: string;
  }): Promise<ExportResult>;
  /** Asks where to, and writes a picture of the window there. */
  savePicture(about: string): Promise<ExportResult>;
  /** Calls back at once with the present status and on every change; returns the unsubscriber. */
  onEngineStatus(listener: (status: EngineStatus) => void): () => void;
  /** Asks main to connect the page to the engine (again). Called once the page listens for the port. */
  connect(): Promise<void>;
  readonly platform: string;
}

export type Checkpoint = z.infer<typeof checkpointSchema>;
export type Plan = z.infer<typeof planSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
export type Finding = z.infer<typeof findingSchema>;
export type Story = z.infer<typeof storySchema>;
export type TensorSlices = z.infer<typeof tensorSlicesSchema>;
export type ParameterSlots = z.infer<typeof parameterSlotsSchema>;
export type Placement = z.infer<typeof placementSchema>;
export type Moves = z.infer<typeof movesSchema>;
export type TensorValues = z.infer<typeof tensorValuesSchema>;
export type ValuesProgress = z.infer<typeof valuesProgressSchema>;
export type LoadState = z.infer<typeof loadStateSchema>;
export type LoadReads = z.infer<typeof loadReadsSchema>;
export type ReadCeiling = z.infer<typeof readCeilingSchema>;
export type ParameterStatistics = z.infer<typeof parameterStatisticsSchema>;
export type LoadParameters = z.infer<typeof loadParametersSchema>;
export type DecodeStep = z.infer<typeof decodeStepSchema>;
export type DecodeState = z.infer<typeof decodeStateSchema>;
export type CurrentRun = z.infer<typeof currentRunSchema>;
export type RunControlState = z.infer<typeof controlStateSchema>;
export type SpeedComparison = z.infer<typeof compareSchema>;
export type Routing = z.infer<typeof routingSchema>;
export type DeviceState = z.infer<typeof deviceStateSchema>;
export type MemoryNeed = z.infer<typeof memoryNeedSchema>;
export type BackendInfo = z.infer<typeof backendSchema>;
export type Severity = (typeof severities)[number];
