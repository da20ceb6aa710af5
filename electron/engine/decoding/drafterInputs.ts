/**
 * What the drafter's next pass starts from, as the reference engine works it out for its padded batch: rejected drafts
 * stay in the batch and are only not looked at. Source: specification, section 12.2.
 */

/** The target's output for one request in one step. */
export interface SampledRow {
  /** Output tokens, -1 after the last: accepted drafts, then the recovered or bonus token. */
  readonly sampled: readonly number[];
  /** Drafts that the step verified. */
  readonly numDrafts: number;
  /** The output does not count yet: the prompt was not finished in this step. */
  readonly discarded?: boolean;
  /** The known token that follows, for a row without output; -1 = none. */
  readonly backupId?: number;
}

export interface DrafterInput {
  /** Token paired with the last hidden state: the last output of the row. */
  readonly nextId: number;
  readonly validCount: number;
  readonly numRejected: number;
  /** Row of the batch whose logits give draft 1. Before the request's own rows when it had no output: its drafts are junk. */
  readonly indexToSample: number;
}

/** @param firstRow row of the batch at which the request's 1 + numDrafts rows begin */
export function drafterInput(row: SampledRow, vocab: number, firstRow = 0): DrafterInput {
  const { sampled, numDrafts, discarded = false, backupId = -1 } = row;
  const valid = discarded ? [] : sampled.filter((id) => id !== -1 && id < vocab);
  const numRejected = numDrafts > 0 ? numDrafts + 1 - valid.length : 0;
  return {
    nextId: valid.at(-1) ?? backupId,
    validCount: valid.length,
    numRejected,
    indexToSample: firstRow + numDrafts - numRejected,
  };
}
