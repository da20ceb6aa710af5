/**
 * What the decode loop needs of a model: a target that verifies and a drafter that proposes. The loop is tested with
 * scripted ones; the real ones are targetModel.ts and mtpDrafter.ts.
 */

export interface Candidate {
  readonly id: number;
  readonly probability: number;
}

export interface Proposal {
  /** k draft ids; all drafts are greedy. */
  readonly ids: readonly number[];
  /** Best candidates per draft position, best first; ids[j] is candidates[j][0].id. Softmax over the vocabulary. */
  readonly candidates: readonly (readonly Candidate[])[];
  readonly micros: number;
}

/** The target's rows after the last committed token and after each draft: one more than drafts. */
export interface TargetRows {
  /** Best candidates per row, best first. Softmax over the vocabulary. */
  readonly candidates: readonly (readonly Candidate[])[];
  /** The same softmax for each draft, at its position. */
  readonly draftProbabilities: readonly number[];
  /** [rows, vocab]; empty when the run is greedy. Valid until the next pass. */
  readonly logits: Float32Array;
  readonly micros: number;
}

export interface Target {
  /** Runs the prompt; the row after its last token. */
  prefill(promptIds: readonly number[]): Promise<TargetRows>;
  /**
   * Runs [last committed token, ...drafts] in one pass.
   * @param contextLength committed tokens, the last one included
   */
  verify(lastId: number, draftIds: readonly number[], contextLength: number): Promise<TargetRows>;
}

export interface Drafter {
  /**
   * Proposes k tokens to follow the committed ones. The target has run all committed tokens but the last.
   */
  propose(committedIds: readonly number[], k: number): Promise<Proposal>;
  /** Tells how many of the last proposal's drafts were accepted. */
  settle(accepted: number): void;
}
