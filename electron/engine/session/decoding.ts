/** The running decode and what may be changed about it. */
import type { CommandInput, CurrentRun, DecodeState, DecodeStep, RunControlState } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import { type DecodeModel, type DecodeObserver, encodePrompt, rowsOfDecode, runDecode } from './decodeRun.ts';
import { RunControls } from './runControls.ts';

export interface DecodingObserver extends DecodeObserver {
  ended(state: DecodeState): void;
}

export class Decoding {
  readonly #observer: DecodingObserver;
  /** The running or last run, for a page that comes late. */
  #shown: { state: DecodeState; readonly steps: DecodeStep[] } | null = null;
  #current: { readonly controls: RunControls; readonly canDraft: boolean } | null = null;

  constructor(observer: DecodingObserver) {
    this.#observer = observer;
  }

  /**
   * @param prepare loads what is not loaded yet, for a text of so many tokens; called once the prompt was read
   * @throws FailureError promptInvalid, tokenizerUnreadable, notRunnable, outOfMemory, and what prepare throws
   */
  async start(
    run: number,
    promptModel: Pick<DecodeModel, 'config' | 'tokenizer'>,
    prepare: (rows: number) => Promise<DecodeModel>,
    input: CommandInput<'decode.start'>,
    signal: AbortSignal,
  ): Promise<DecodeState> {
    const {
      prompt,
      maxTokens,
      predictor,
      alternatives = [],
      sampling,
      numSpeculativeTokens,
      paceMillis,
      paused = false,
    } = input;
    const controls = new RunControls({ paused, numSpeculativeTokens, paceMillis });
    const promptIds = encodePrompt(promptModel, input);
    // Whoever presses Step or changes k while the weights are read must be heard too.
    this.#current = { controls, canDraft: (promptModel.config.numNextnPredictLayers ?? 0) > 0 };
    try {
      const model = await prepare(rowsOfDecode(promptModel.config, promptIds.length, maxTokens));
      const request = { prompt, maxTokens, predictor, alternatives, sampling };
      const state = await runDecode(run, model, promptIds, request, controls, this.#keeping(), signal);
      if (this.#shown !== null) this.#shown.state = state;
      this.#observer.ended(state);
      return state;
    } finally {
      this.#current = null;
    }
  }

  /** The running run so far, or the last one; null when there was none. */
  get shown(): CurrentRun | null {
    if (this.#shown === null) return null;
    const { state, steps } = this.#shown;
    return { run: state, steps: [...steps], control: this.#current?.controls.state ?? null };
  }

  /** Forgets the last run; none may be running. */
  forget(): void {
    this.#shown = null;
  }

  /** The observer, with what it is told kept. */
  #keeping(): DecodeObserver {
    this.#shown = null;
    return {
      ...this.#observer,
      started: (state) => {
        this.#shown = { state, steps: [] };
        this.#observer.started(state);
      },
      step: (step) => {
        this.#shown?.steps.push(step);
        this.#observer.step(step);
      },
    };
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
