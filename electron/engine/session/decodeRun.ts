/** One run of speculative decoding on a loaded model: ids and text in, steps out. */
import { setImmediate } from 'node:timers/promises';
import type { DecodeState, DecodeStep, Routing } from '../../common/contract.ts';
import type { Alternative, ModelConfig, Predictor, SamplingParams } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { readTokenizerFiles } from '../checkpoint/sideFiles.ts';
import { decodeLoop, type LoopStep } from '../decoding/decodeLoop.ts';
import { MtpDrafter, referenceNotes } from '../decoding/mtpDrafter.ts';
import { RoutingCounts } from '../decoding/routingCounts.ts';
import { TargetModel } from '../decoding/targetModel.ts';
import { makeChooser } from '../decoding/tokenChooser.ts';
import { Tokenizer } from '../decoding/tokenizer.ts';
import type { Candidate } from '../decoding/tokenModel.ts';
import type { NativeModel, NativeSequence } from '../kernels/kernels.ts';
import { describeError } from './nativeFailure.ts';
import type { RunControls } from './runControls.ts';

export interface DecodeRequest {
  /** As it is shown; '' = the text of the ids. */
  readonly prompt: string;
  readonly maxTokens: number;
  readonly predictor: Predictor;
  readonly alternatives: readonly Alternative[];
  readonly sampling: SamplingParams;
}

export interface DecodeModel {
  readonly native: NativeModel;
  readonly config: ModelConfig;
  readonly numMtpLayers: number;
  /** null: the checkpoint has none that can be used; ids are needed then. */
  readonly tokenizer: Tokenizer | null;
  readonly endTokenIds: readonly number[];
  /** Parameters that the files leave unfilled, wholly or in part; they hold zeros. */
  readonly unfilled: { readonly target: readonly string[]; readonly drafter: readonly string[] };
  /** MTP layers that have an embedding or head of their own use the target's all the same. */
  readonly sharesTables: boolean;
}

export interface DecodeObserver {
  started(state: DecodeState): void;
  step(step: DecodeStep): void;
  routing(routing: Routing): void;
}

/** The event loop turns at least this often while decoding. */
const turnMillis = 4;
/** Candidates shown per position. */
const shownCandidates = 5;
/** k can be raised up to this while a run lasts. */
const mostDrafts = 32;
const routingMillis = 500;

/** Tokens that a run has room for: those of the last step's drafts too, which run past what is kept. */
export function rowsOfDecode(config: ModelConfig, promptTokens: number, maxTokens: number): number {
  return promptTokens + Math.min(maxTokens, config.maxPositionEmbeddings - promptTokens) + 2 * mostDrafts + 1;
}

/**
 * Runs to the end, the abort or the failure; the state says which. Throws only what is wrong with the request.
 * @param promptIds from encodePrompt
 * @throws FailureError notRunnable, outOfMemory
 */
export async function runDecode(
  run: number,
  model: DecodeModel,
  promptIds: readonly number[],
  request: DecodeRequest,
  controls: RunControls,
  observer: DecodeObserver,
  signal: AbortSignal,
): Promise<DecodeState> {
  const k = controls.state.numSpeculativeTokens;
  const { config, numMtpLayers } = model;
  if (k > 0 && numMtpLayers === 0) {
    throw new FailureError('notRunnable', 'This checkpoint has no MTP layers to draft with.', {
      hint: 'Decode plainly with 0 speculative tokens.',
    });
  }
  const notes = [
    ...unfilledNotes(model, k),
    ...(model.sharesTables && k > 0 && request.predictor === 'modules'
      ? ["MTP layers use the target's embedding and head, not their own."]
      : []),
    ...referenceNotes(request.predictor, k, numMtpLayers),
  ];
  const maxTokens = Math.min(request.maxTokens, config.maxPositionEmbeddings - promptIds.length);
  if (maxTokens < request.maxTokens) {
    notes.push(
      `Ends after ${grouped(maxTokens)} new tokens: max_position_embeddings is ${grouped(config.maxPositionEmbeddings)} and the prompt has ${grouped(promptIds.length)}.`,
    );
  }
  if (model.tokenizer === null) notes.push('There is no usable tokenizer.json: tokens have ids and no text.');
  const text = (ids: readonly number[]) => model.tokenizer?.decode(ids) ?? '';
  // With a space, so that ids in a row stay apart and lines can break between them.
  const piece = (id: number) => model.tokenizer?.piece(id) ?? ` [${id}]`;
  const outputIds: number[] = [];
  const begin = performance.now();
  let state: DecodeState = {
    run,
    status: 'running',
    prompt: request.prompt === '' ? text(promptIds) : request.prompt,
    promptIds: [...promptIds],
    promptTexts: promptIds.map(piece),
    firstId: null,
    firstText: '',
    predictor: request.predictor,
    alternatives: [...request.alternatives],
    numSpeculativeTokens: k,
    sampling: request.sampling,
    maxTokens,
    notes,
    prefillMicros: 0,
    totalMicros: 0,
    outputIds: [],
    text: '',
    endReason: null,
    failure: null,
  };
  const routing = new RoutingCounts(config, numMtpLayers);
  let routingAt = performance.now();
  const tellRouting = () => {
    routingAt = performance.now();
    observer.routing({ run, ...routing.table() });
  };
  const sequence = openSequence(model.native, rowsOfDecode(config, promptIds.length, request.maxTokens));
  try {
    const target = new TargetModel(sequence, {
      top: Math.min(shownCandidates, config.vocabSize),
      wantLogits: request.sampling.temperature > 0,
      onRouted: (routed) => routing.addTarget(routed),
    });
    const drafter =
      numMtpLayers === 0
        ? null
        : new MtpDrafter(sequence, {
            numModules: numMtpLayers,
            predictor: request.predictor,
            alternatives: request.alternatives,
            top: Math.min(shownCandidates, config.vocabSize),
            onRouted: (module, routed) => routing.addMtp(module, routed),
          });
    const loop = decodeLoop(
      target,
      drafter,
      makeChooser(request.sampling, config.vocabSize, shownCandidates),
      {
        promptIds,
        maxTokens,
        numSpeculativeTokens: () => controls.state.numSpeculativeTokens,
        maxPositions: config.maxPositionEmbeddings,
        vocab: config.vocabSize,
        endTokenIds: model.endTokenIds,
      },
      signal,
    );
    let turnedAt = performance.now();
    let next = await loop.next();
    while (next.done !== true) {
      const event = next.value;
      if (event.kind === 'prefill') {
        outputIds.push(event.id);
        state = {
          ...state,
          firstId: event.id,
          firstText: piece(event.id),
          prefillMicros: event.micros,
          outputIds: [event.id],
        };
        observer.started(state);
      } else {
        outputIds.push(...event.step.outputIds);
        observer.step(decodeStep(run, event.step, outputIds.length, piece));
      }
      if (performance.now() - routingAt >= routingMillis) tellRouting();
      await controls.mayStep(signal);
      // Short passes run on this thread: commands, and the abort among them, must be heard all the same.
      if (performance.now() - turnedAt >= turnMillis) {
        await setImmediate();
        turnedAt = performance.now();
      }
      next = await loop.next();
    }
    const status = next.value === 'stopped' ? 'stopped' : 'done';
    state = { ...state, status, endReason: next.value };
  } catch (error) {
    state = { ...state, status: 'failed', endReason: 'failed', failure: describeError(error) };
  } finally {
    sequence.close();
  }
  tellRouting();
  return { ...state, outputIds, text: text(outputIds), totalMicros: (performance.now() - begin) * 1000 };
}

/** What runs on memory that no file filled looks like a result: it is said before the first token. */
function unfilledNotes({ unfilled }: DecodeModel, k: number): string[] {
  const say = (names: readonly string[], consequence: string) => {
    if (names.length === 0) return [];
    const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
    return [`No tensor of the checkpoint fills all of ${names[0]}${more}: ${consequence}`];
  };
  return [
    ...say(unfilled.target, 'the text is not that of the model.'),
    ...(k > 0 ? say(unfilled.drafter, 'drafts are made with zeros in place of weights.') : []),
  ];
}

/** @throws FailureError outOfMemory, notRunnable */
function openSequence(native: NativeModel, maxRows: number): NativeSequence {
  try {
    return native.createSequence(maxRows);
  } catch (error) {
    const failure = describeError(error);
    throw new FailureError(failure.code, failure.message, failure);
  }
}

/**
 * Token ids of the request's prompt; before anything is loaded for it.
 * @throws FailureError promptInvalid, tokenizerUnreadable
 */
export function encodePrompt(
  model: Pick<DecodeModel, 'config' | 'tokenizer'>,
  request: { readonly prompt: string; readonly promptIds?: readonly number[] | undefined },
): readonly number[] {
  if (request.promptIds === undefined && model.tokenizer === null) {
    throw new FailureError('tokenizerUnreadable', 'There is no usable tokenizer.json, so the prompt has no token ids.');
  }
  const ids = request.promptIds ?? model.tokenizer?.encode(request.prompt) ?? [];
  const { vocabSize, maxPositionEmbeddings } = model.config;
  if (ids.length === 0) {
    throw new FailureError('promptInvalid', 'The prompt is empty.', { hint: 'Give at least one token.' });
  }
  const outside = ids.find((id) => id < 0 || id >= vocabSize);
  if (outside !== undefined) {
    throw new FailureError('promptInvalid', `Token id ${outside} is outside the vocabulary of ${vocabSize}.`, {
      hint: `Use ids from 0 to ${vocabSize - 1}.`,
    });
  }
  if (ids.length >= maxPositionEmbeddings) {
    throw new FailureError(
      'promptInvalid',
      `The prompt has ${grouped(ids.length)} tokens; this model has positions for ${grouped(maxPositionEmbeddings)}.`,
      { hint: 'Shorten the prompt.' },
    );
  }
  return ids;
}

function decodeStep(run: number, step: LoopStep, outputTokens: number, piece: (id: number) => string): DecodeStep {
  const withText = (rows: readonly (readonly Candidate[])[]) =>
    rows.map((row) => row.map(({ id, probability }) => ({ id, text: piece(id), probability })));
  return {
    run,
    index: step.index,
    contextLen: step.contextLen,
    draftIds: [...step.draftIds],
    draftTexts: step.draftIds.map(piece),
    draftProbabilities: step.draftCandidates.map((row) => row[0]?.probability ?? 0),
    targetProbabilities: [...step.targetProbabilities],
    uniforms: [...step.uniforms],
    targetIds: [...step.targetIds],
    verdicts: [...step.verdicts],
    accepted: step.accepted,
    nextId: step.nextId,
    nextText: piece(step.nextId),
    kind: step.kind,
    draftCandidates: withText(step.draftCandidates),
    targetCandidates: withText(step.targetCandidates),
    outputIds: [...step.outputIds],
    draftMicros: step.draftMicros,
    verifyMicros: step.verifyMicros,
    counters: { ...step.counters, acceptedAtLeast: [...step.counters.acceptedAtLeast], outputTokens },
  };
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** null when there is none that can be used: the checkpoint opens all the same, and ids can be given instead of text. */
export async function tokenizerOf(folder: string): Promise<Tokenizer | null> {
  try {
    return new Tokenizer(await readTokenizerFiles(folder));
  } catch {
    return null;
  }
}
