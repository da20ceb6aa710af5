/** One run of speculative decoding on a loaded model: ids and text in, steps out. */
import type { DecodeState, DecodeStep } from '../../common/contract.ts';
import type { ModelConfig, Predictor } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { decodeLoop, type LoopStep } from '../decoding/decodeLoop.ts';
import { MtpDrafter, referenceNotes } from '../decoding/mtpDrafter.ts';
import { TargetModel } from '../decoding/targetModel.ts';
import type { Tokenizer } from '../decoding/tokenizer.ts';
import type { Candidate } from '../decoding/tokenModel.ts';
import type { NativeModel, NativeSequence } from '../kernels/kernels.ts';
import { describeError } from './nativeFailure.ts';

export interface DecodeRequest {
  /** As it is shown; '' = the text of the ids. */
  readonly prompt: string;
  readonly maxTokens: number;
  readonly numSpeculativeTokens: number;
  readonly predictor: Predictor;
  /** At least this long per step, so that people can watch. */
  readonly paceMillis: number;
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
}

export interface DecodeObserver {
  started(state: DecodeState): void;
  step(step: DecodeStep): void;
}

/** Candidates shown per position. */
const shownCandidates = 5;

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
  observer: DecodeObserver,
  signal: AbortSignal,
): Promise<DecodeState> {
  const k = request.numSpeculativeTokens;
  if (k > 0 && model.numMtpLayers === 0) {
    throw new FailureError('notRunnable', 'This checkpoint has no MTP layers to draft with.', {
      hint: 'Decode plainly with 0 speculative tokens.',
    });
  }
  const notes = [...unfilledNotes(model, k), ...referenceNotes(request.predictor, k, model.numMtpLayers)];
  const maxTokens = Math.min(request.maxTokens, model.config.maxPositionEmbeddings - promptIds.length);
  if (maxTokens < request.maxTokens) {
    notes.push(
      `Ends after ${grouped(maxTokens)} new tokens: max_position_embeddings is ${grouped(model.config.maxPositionEmbeddings)} and the prompt has ${grouped(promptIds.length)}.`,
    );
  }
  if (model.tokenizer === null) notes.push('There is no usable tokenizer.json: tokens have ids and no text.');
  const text = (ids: readonly number[]) => model.tokenizer?.decode(ids) ?? '';
  const piece = (id: number) => model.tokenizer?.piece(id) ?? `[${id}]`;
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
    numSpeculativeTokens: k,
    maxTokens,
    notes,
    prefillMicros: 0,
    totalMicros: 0,
    outputIds: [],
    text: '',
    endReason: null,
    failure: null,
  };
  // Room for the last step's drafts, which run past the tokens that are kept.
  const sequence = openSequence(model.native, promptIds.length + maxTokens + 2 * k + 1);
  try {
    const target = new TargetModel(sequence, shownCandidates);
    const drafter = k > 0 ? new MtpDrafter(sequence, model.numMtpLayers, request.predictor, shownCandidates) : null;
    const loop = decodeLoop(
      target,
      drafter,
      { promptIds, maxTokens, numSpeculativeTokens: k, endTokenIds: model.endTokenIds },
      signal,
    );
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
      if (request.paceMillis > 0) await pause(request.paceMillis, signal);
      next = await loop.next();
    }
    const status = next.value === 'stopped' ? 'stopped' : 'done';
    state = { ...state, status, endReason: next.value };
  } catch (error) {
    state = { ...state, status: 'failed', endReason: 'failed', failure: describeError(error) };
  } finally {
    sequence.close();
  }
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

/** Waits, but not past the abort. */
function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, millis);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
