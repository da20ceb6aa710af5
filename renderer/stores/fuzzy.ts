/** How well letters or words of a query fit a text, for names of tensors and for titles of actions. Pure. */

const space = 32;
const dot = 46;
const underscore = 95;
const isDigit = (code: number) => code >= 48 && code <= 57;
const pointsOfRun = 4;
const pointsOfBeginning = 3;

/**
 * Points for finding the letters of `word` in order in `text`: -1 = not at all. Runs count, and beginnings of parts (after
 * a dot, underscore or space, or where digits begin), so that `61e137up` finds layers.61 … experts.137.up_proj.
 */
function fuzzyPoints(text: string, word: string): number {
  let points = 0;
  let at = -1;
  for (let letter = 0; letter < word.length; letter += 1) {
    const code = word.charCodeAt(letter);
    const next = at + 1;
    const runs = letter > 0 && text.charCodeAt(next) === code;
    const found = runs ? next : findBeginning(text, code, next);
    if (found < 0) return -1;
    points += runs ? pointsOfRun : isBeginning(text, found) ? pointsOfBeginning : 0;
    at = found;
  }
  return points;
}

/** -1 = the letters are not there in order. Of two names with the same letters, the shorter one is meant. */
export function fuzzyScore(name: string, word: string): number {
  const points = fuzzyPoints(name, word);
  return points < 0 ? -1 : points * 256 - Math.min(255, name.length);
}

/**
 * Every word of the query must occur, as it is or letter by letter.
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
  // Letters strewn over a long title fit nearly everything: half of them have to run or begin a word.
  const points = fuzzyPoints(text, word);
  return word.length >= 2 && points >= 2 * word.length ? (20 * points) / (pointsOfRun * word.length) : 0;
}

/** The next beginning of a part with this letter; without one, the next such letter. */
function findBeginning(text: string, code: number, from: number): number {
  let first = -1;
  for (let at = from; at < text.length; at += 1) {
    if (text.charCodeAt(at) !== code) continue;
    if (isBeginning(text, at)) return at;
    if (first < 0) first = at;
  }
  return first;
}

function isBeginning(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return (
    before === dot || before === underscore || before === space || (isDigit(text.charCodeAt(at)) && !isDigit(before))
  );
}
