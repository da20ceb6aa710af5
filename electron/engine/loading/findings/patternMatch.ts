/** Regular expressions from files. No pattern and no name can take for ever. */
import { type PatternNode, parsePattern } from './patternSyntax.ts';

const longestPattern = 1000;
/** Steps of one pattern for one name, and for all names together; what people write needs some hundred for a name. */
const mostSteps = 50_000;
const mostStepsOfAll = 20_000_000;
/** Ways through a name of this length that the language's own matcher may have to try: it is fast, and goes back. */
const nameLength = 128;
const mostWays = nameLength ** 2 * 16;

/**
 * Whether the pattern matches at the beginning of a text, as Python's re.match does.
 * @returns null for patterns that are not understood
 */
export function compilePattern(pattern: string): ((text: string) => boolean) | null {
  if (pattern.length > longestPattern) return null;
  // What comes last and takes anything decides nothing.
  const needed = pattern.replace(/(?<!\\)\.\*$/, '');
  const node = parsePattern(needed);
  if (node === null) return null;
  const own = waysThrough(node) <= mostWays ? new RegExp(`^(?:${needed})`, 's') : null;
  let left = mostStepsOfAll;
  return (text) => {
    if (own !== null && text.length <= nameLength) return own.test(text);
    if (left <= 0) return false;
    const match = new Match(text);
    const isMatch = match.isAtStart(node);
    left -= match.steps;
    return isMatch;
  };
}

/** How many ways a matcher that goes back may have to try; repetition of anything but single characters is beyond count. */
function waysThrough(node: PatternNode): number {
  switch (node.kind) {
    case 'all':
      return node.parts.reduce((ways, part) => ways * waysThrough(part), 1);
    case 'any':
      return node.parts.reduce((ways, part) => ways + waysThrough(part), 0);
    case 'repeat':
      if (node.part.kind !== 'one') return Number.POSITIVE_INFINITY;
      return Math.min(node.most, nameLength) - Math.min(node.least, nameLength) + 1;
    default:
      return 1;
  }
}

/** Follows all ways at once, by the set of places they have come to. */
class Match {
  readonly #text: string;
  steps = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtStart(node: PatternNode): boolean {
    return this.#ends(node, new Set([0])).size > 0 && this.steps <= mostSteps;
  }

  /** Places where the node can end when it begins at one of these. */
  #ends(node: PatternNode, begins: ReadonlySet<number>): ReadonlySet<number> {
    this.steps += begins.size;
    if (begins.size === 0 || this.steps > mostSteps) return new Set();
    switch (node.kind) {
      case 'one':
        return new Set(
          [...begins].filter((at) => at < this.#text.length && node.fits(this.#text[at] as string)).map((at) => at + 1),
        );
      case 'start':
        return new Set([...begins].filter((at) => at === 0));
      case 'end':
        return new Set([...begins].filter((at) => at === this.#text.length));
      case 'all':
        return node.parts.reduce((from, part) => this.#ends(part, from), begins);
      case 'any':
        return new Set(node.parts.flatMap((part) => [...this.#ends(part, begins)]));
      case 'repeat':
        return this.#repeated(node.part, begins, node.least, node.most);
    }
  }

  #repeated(part: PatternNode, begins: ReadonlySet<number>, least: number, most: number): ReadonlySet<number> {
    let from = begins;
    for (let count = 0; count < least && from.size > 0; count++) from = this.#ends(part, from);
    const reached = new Set(from);
    for (let count = least; count < most && from.size > 0 && this.steps <= mostSteps; count++) {
      // Only from places that were not reached before: each is gone on from once.
      from = new Set([...this.#ends(part, from)].filter((at) => !reached.has(at)));
      for (const at of from) reached.add(at);
    }
    return reached;
  }
}
