/** How well a query fits a text: every word of it must occur, as it is or letter by letter. Pure. */

/**
 * @returns 0 = does not fit; larger is better: beginnings of words before the middle of one, whole words before scattered
 *   letters, short texts before long ones
 */
export function matchScore(text: string, query: string): number {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const lowered = text.toLowerCase();
  let score = 1;
  for (const word of words) {
    const found = fitWord(lowered, word);
    if (found === 0) return 0;
    score += found;
  }
  return score + 1 / (1 + text.length);
}

function fitWord(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at === 0) return 100;
  if (at > 0) return /[a-z0-9]/.test(text[at - 1] ?? '') ? 50 : 80;
  let from = 0;
  let gaps = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, from);
    if (next < 0) return 0;
    if (next > from) gaps += 1;
    from = next + 1;
  }
  // Letters strewn over a long name fit nearly everything.
  return word.length >= 2 && gaps <= Math.ceil(word.length / 2) ? 20 - Math.min(19, gaps) : 0;
}
