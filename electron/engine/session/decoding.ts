/** The running decode and what may be changed about it. */
import type { CommandInput, DecodeState, RunControlState } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import { type DecodeModel, type DecodeObserver, encodePrompt, runDecode } from './decodeRun.ts';
import { RunControls } from './runControls.ts';

export interface DecodingObserver extends DecodeObserver {
  ended(state: DecodeState): void;
}

export class Decoding {
  readonly #observer: DecodingObserver;
  #current: { readonly controls: RunControls; readonly canDraft: boolean } | null = null;

  constructor(observer: DecodingObserver) {
    this.#observer = observer;
  }

  /**
   * @param prepare loads what is not loaded yet; called once the prompt was read
   * @throws FailureError promptInvalid, tokenizerUnreadable, notRunnable, outOfMemory, and what prepare throws
   */
  async start(
    run: number,
    promptModel: Pick<DecodeModel, 'config' | 'tokenizer'>,
    prepare: () => Promise<DecodeModel>,
    input: CommandInput<'decode.start'>,
    signal: AbortSignal,
  ): Promise<DecodeState> {
    const { prompt, maxTokens, predictor, sampling, numSpeculativeTokens, paceMillis, paused = false } = input;
    const controls = new RunControls({ paused, numSpeculativeTokens, paceMillis });
    const promptIds = encodePrompt(promptModel, input);
    const model = await prepare();
    this.#current = { controls, canDraft: model.numMtpLayers > 0 };
    try {
      const request = { prompt, maxTokens, predictor, sampling };
      const state = await runDecode(run, model, promptIds, request, controls, this.#observer, signal);
      this.#observer.ended(state);
      return state;
    } finally {
      this.#current = null;
    }
  }

  /** @throws FailureError notLoaded when nothing runs, notRunnable */
  control(change: CommandInput<'decode.control'>): RunControlState {
    if (this.#current === null) {
      throw new FailureError('notLoaded', 'No decode is running.', { hint: 'Start one first.' });
    }
    const { controls, canDraft } = this.#current;
    if (!canDraft && (change.numSpeculativeTokens ?? 0) > 0) {
      throw new FailureError('notRunnable', 'This checkpoint has no MTP layers to draft with.');
    }
    return controls.change(change);
  }
}
