/** The look at the values of the open checkpoint: one at a time, told of while it lasts. */
import type { Checkpoint as CheckpointView, Finding, ValuesProgress } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { defaultBudget } from './findings/values/readingPlan.ts';
import { valueFindings } from './findings/values/valueFindings.ts';
import type { ReadOptions, ReadProgress } from './findings/values/valueReader.ts';

/** Without a budget of its own, few bytes of each tensor are read. */
export type LookOptions = Partial<Pick<ReadOptions, 'budget' | 'onProgress'>>;

const tellEveryMillis = 100;

export class ValueLook {
  readonly #tell: (progress: ValuesProgress) => void;
  #running: AbortController | null = null;

  constructor(tell: (progress: ValuesProgress) => void) {
    this.#tell = tell;
  }

  /**
   * Ends a look that is under way and begins anew.
   * @throws FailureError cancelled
   */
  async look(
    { checkpoint, view }: { readonly checkpoint: Checkpoint; readonly view: Pick<CheckpointView, 'id'> },
    { onProgress, ...options }: LookOptions,
  ): Promise<readonly Finding[]> {
    this.stop();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    let last: ReadProgress = { bytesRead: 0, bytesTotal: 0, filesRead: 0, files: 0 };
    let toldAt = Number.NEGATIVE_INFINITY;
    const tell = (status: ValuesProgress['status']) => {
      toldAt = performance.now();
      this.#tell({ checkpointId: view.id, status, ...last });
    };
    tell('reading');
    try {
      const found = await valueFindings(checkpoint, {
        budget: defaultBudget,
        ...options,
        signal,
        onProgress: (progress) => {
          last = progress;
          onProgress?.(progress);
          if (performance.now() - toldAt >= tellEveryMillis) tell('reading');
        },
      });
      signal.throwIfAborted();
      tell('done');
      return found;
    } catch (error) {
      tell('stopped');
      throw signal.aborted ? new FailureError('cancelled', 'Another folder was opened.') : error;
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}
