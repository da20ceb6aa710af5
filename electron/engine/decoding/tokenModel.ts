/**
 * What the decode loop needs of a model: a target that verifies and a drafter that proposes. The loop is tested with
 * scripted ones; the real ones are targetModel.ts and mtpDrafter.ts.
 */

export interface Candidate {
  readonly id: number;
  /** Softmax over the vocabulary. */
  readonly probability: number;
}

export interface Proposal {
  /** k draft ids; all drafts are greedy. */
  readonly ids: readonly number[];
  /** Best candidates per draft position, best first; ids[j] is candidates[j][0].id. */
  readonly candidates: readonly (readonly Candidate[])[];
  readonly micros: number;
}

export interface Verification {
  /** Best candidates after the last committed token and after each draft: one row more than drafts. */
  readonly candidates: readonly (readonly Candidate[])[];
  /** Target probability of each draft at its position. */
  readonly draftProbabilities: readonly number[];
  readonly micros: number;
}

export interface Target {
  /** Runs the prompt; the best candidates after its last token. */
  prefill(promptIds: readonly number[]): Promise<{ candidates: readonly Candidate[]; micros: number }>;
  /**
   * Runs [last committed token, ...drafts] in one pass.
   * @param contextLength committed tokens, the last one included
   */
  verify(lastId: number, draftIds: readonly number[], contextLength: number): Promise<Verification>;
}

export interface Drafter {
  /**
   * Proposes k tokens to follow the committed ones. The target has run all committed tokens but the last.
   */
  propose(committedIds: readonly number[], k: number): Promise<Proposal>;
  /** Tells how many of the last proposal's drafts were accepted. */
  settle(accepted: number): void;
}
