/** Regular expressions as trees: the syntax that ignore lists are written in, without what needs memory of the text. */

export type PatternNode =
  | { readonly kind: 'one'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly least: number; readonly most: number };

const classes: Readonly<Record<string, RegExp>> = { d: /\d/, D: /\D/, w: /\w/, W: /\W/, s: /\s/, S: /\S/ };

/** Look-around, back-references, flags, possessive quantifiers: told apart from what is written wrongly by nobody here. */
class Unsupported extends Error {}

/** null = not of this syntax */
export function parsePattern(text: string): PatternNode | null {
  try {
    const parser = new Parser(text);
    const node = parser.alternatives();
    return parser.isDone ? node : null;
  } catch (error) {
    if (error instanceof Unsupported) return null;
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#at === this.#text.length;
  }

  alternatives(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return { kind: 'any', parts };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (!this.isDone && !'|)'.includes(this.#peek)) parts.push(this.#repeated(this.#atom()));
    return { kind: 'all', parts };
  }

  #repeated(part: PatternNode): PatternNode {
    const counts = this.#counts();
    if (counts === null) return part;
    // Lazy or not, the same texts match.
    this.#take('?');
    if ('*+?{'.includes(this.#peek || ' ')) throw new Unsupported();
    return { kind: 'repeat', part, ...counts };
  }

  #counts(): { least: number; most: number } | null {
    if (this.#take('*')) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { least: 0, most: 1 };
    const found = /^\{(\d{1,3})(,(\d{1,3})?)?\}/.exec(this.#text.slice(this.#at));
    if (found === null) return null;
    this.#at += found[0].length;
    const least = Number(found[1]);
    if (found[2] === undefined) return { least, most: least };
    return { least, most: found[3] === undefined ? Number.POSITIVE_INFINITY : Number(found[3]) };
  }

  #atom(): PatternNode {
    const character = this.#next();
    switch (character) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'one', fits: this.#set() };
      case '.':
        return { kind: 'one', fits: () => true };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'one', fits: this.#escaped() };
      case '*':
      case '+':
      case '?':
        throw new Unsupported();
      default:
        return { kind: 'one', fits: (other) => other === character };
    }
  }

  #group(): PatternNode {
    if (this.#take('?') && !this.#take(':')) throw new Unsupported();
    const node = this.alternatives();
    if (!this.#take(')')) throw new Unsupported();
    return node;
  }

  #escaped(): (character: string) => boolean {
    const letter = this.#next();
    const known = classes[letter];
    if (known !== undefined) return (character) => known.test(character);
    if (/[A-Za-z0-9]/.test(letter)) throw new Unsupported();
    return (character) => character === letter;
  }

  #set(): (character: string) => boolean {
    const isInverse = this.#take('^');
    const members: ((character: string) => boolean)[] = [];
    while (members.length === 0 || this.#peek !== ']') {
      const low = this.#next();
      if (low === '\\') members.push(this.#escaped());
      else if (this.#peek === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        const high = this.#next();
        members.push((character) => character >= low && character <= high);
      } else members.push((character) => character === low);
    }
    this.#at++;
    return (character) => members.some((fits) => fits(character)) !== isInverse;
  }

  get #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    if (this.isDone) throw new Unsupported();
    return this.#text[this.#at++] as string;
  }

  #take(character: string): boolean {
    if (this.#peek !== character) return false;
    this.#at++;
    return true;
  }
}
