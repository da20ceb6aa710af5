/** What the acceptance by position hints at. Hints, not findings: the same curve can have another cause. */

/** Fewer drafts than this say nothing. */
const enoughDrafts = 8;

/**
 * Where a step's drafts most often end.
 * @param counts [i] = drafts in which at least i + 1 positions were accepted
 * @param numDrafts steps with drafts
 * @returns null while there is too little to go by
 */
export function failsMostAt(
  counts: readonly number[],
  numDrafts: number,
): { readonly position: number; readonly steps: number } | null {
  if (numDrafts < enoughDrafts || counts.length === 0) return null;
  const ended = counts.map((count, at) => (at === 0 ? numDrafts : (counts[at - 1] as number)) - count);
  const steps = Math.max(...ended);
  return { position: ended.indexOf(steps) + 1, steps };
}

/**
 * @param counts [i] = drafts in which at least i + 1 positions were accepted
 * @param numDrafts steps with drafts
 * @returns one sentence; null while there is too little to go by
 */
export function signatureHint(counts: readonly number[], numDrafts: number): string | null {
  if (numDrafts < enoughDrafts || counts.length === 0) return null;
  // Share of the drafts that stood of those that were looked at: position i is reached when i before it stood.
  const reached = counts.map((_, at) => (at === 0 ? numDrafts : (counts[at - 1] as number)));
  const passed = counts.map((count, at) =>
    (reached[at] as number) > 0 ? count / (reached[at] as number) : Number.NaN,
  );
  const first = passed[0] as number;
  // That nothing at all is accepted is no matter of positions: see likelyCauses.
  if (first === 0) return null;
  const cliff = passed.findIndex(
    (share, at) => at > 0 && (reached[at] as number) >= enoughDrafts && share < 0.5 * (passed[at - 1] as number),
  );
  if (first >= 0.5 && cliff > 0) {
    return `Good up to position ${cliff}, then a cliff: as when the hidden state is handed on wrongly, or normed once too often or too seldom.`;
  }
  if (first < 0.35) {
    return 'Low from the first position on: as with a wrong or perturbed tensor in the MTP layer, or a predictor that does not fit it.';
  }
  return first < 0.7 ? 'No cliff: as with an unusual prompt or a high temperature.' : 'Drafts do well, with no cliff.';
}
