/** From a path to an open checkpoint with its first plan. The last folder asked for wins. */
import type { EventName, EventPayload } from '../../common/contract.ts';
import { singleRank } from '../../common/domain.ts';
import { type Failure, makeFailure, toFailure } from '../../common/failure.ts';
import { readPrompts } from '../checkpoint/sideFiles.ts';
import { checkpointView } from './checkpointView.ts';
import { tokenizerOf } from './decodeRun.ts';
import { OpenedCheckpoint } from './openedCheckpoint.ts';
import { type OpenChoices, readCheckpoint } from './readCheckpoint.ts';

export type OpenResult =
  | { readonly ok: true; readonly name: string; readonly folder: string }
  | { readonly ok: false; readonly failure: Failure };

export interface OpenerHost {
  emit<N extends EventName>(event: N, payload: EventPayload<N>): void;
  /** Called once the new checkpoint is known to be readable: lets go of what was open before. */
  makeRoom(signal: AbortSignal): Promise<void>;
  /** The checkpoint is open; nothing was told of it yet. */
  opened(checkpoint: OpenedCheckpoint): void;
}

export class CheckpointOpener {
  readonly #host: OpenerHost;
  readonly #checksValues: boolean;
  #opening: AbortController | null = null;
  #nextId = 1;

  /** @param checksValues looks at values after opening, unasked, and tells of the plan again when there is something to say */
  constructor(host: OpenerHost, checksValues: boolean) {
    this.#host = host;
    this.#checksValues = checksValues;
  }

  /** Ends an opening that runs; it fails as cancelled. */
  stop(): void {
    this.#opening?.abort();
  }

  /** Never throws; another opening that is under way ends as cancelled. */
  async open(path: string, choices: OpenChoices): Promise<OpenResult> {
    this.#opening?.abort();
    const opening = new AbortController();
    this.#opening = opening;
    try {
      const opened = await this.#read(path, choices, opening.signal);
      this.#host.opened(opened);
      this.#host.emit('checkpoint.opened', opened.view);
      this.#host.emit('plan.ready', opened.makePlan(singleRank));
      if (this.#checksValues) void this.#tellOfValues(opened);
      return { ok: true, name: opened.checkpoint.name, folder: opened.checkpoint.folder };
    } catch (error) {
      const { aborted } = opening.signal;
      const failure = aborted ? makeFailure('cancelled', 'Another folder was opened.') : toFailure(error);
      if (!aborted) this.#host.emit('checkpoint.failed', failure);
      return { ok: false, failure };
    } finally {
      if (this.#opening === opening) this.#opening = null;
    }
  }

  async #read(path: string, choices: OpenChoices, signal: AbortSignal): Promise<OpenedCheckpoint> {
    const begin = performance.now();
    const tellProgress = (filesRead: number, files: number) =>
      this.#host.emit('checkpoint.opening', { folder: path, files, filesRead });
    tellProgress(0, 0);
    const checkpoint = await readCheckpoint(path, {
      ...choices,
      signal,
      onProgress: tellProgress,
      whenReadable: () => this.#host.makeRoom(signal),
    });
    const tokenizer = await tokenizerOf(checkpoint.folder);
    const prompts = await readPrompts(checkpoint.folder);
    signal.throwIfAborted();
    const view = checkpointView(checkpoint, {
      id: this.#nextId++,
      hasTokenizer: tokenizer !== null,
      prompts,
      openedMicros: (performance.now() - begin) * 1000,
    });
    return new OpenedCheckpoint(checkpoint, view, tokenizer, (progress) =>
      this.#host.emit('values.progress', progress),
    );
  }

  async #tellOfValues(opened: OpenedCheckpoint): Promise<void> {
    const before = opened.current?.view;
    try {
      const after = await opened.checkValues();
      if (after !== before) this.#host.emit('plan.ready', after);
    } catch {
      // Another folder was opened: its own look at values is under way. Files that can't be read are findings.
    }
  }
}
