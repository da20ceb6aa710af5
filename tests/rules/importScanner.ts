/**
 * Finds what a source file imports, without a compiler: a small scanner that knows comments, strings, templates and
 * regular expressions well enough not to be fooled by them.
 */

export interface ImportEdge {
  readonly specifier: string;
  /** `import type` and `export type`: gone after compilation. */
  readonly typeOnly: boolean;
}

type Token = { readonly kind: 'word' | 'string' | 'sign'; readonly text: string };

const wordPattern = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
/** After one of these a slash begins a regular expression, elsewhere it divides. */
const beforeRegex = new Set([...'(,=:[!&|?{};+-*%<>~^', 'return', 'typeof', 'case', 'of', 'in']);

/** @returns words, strings and single signs; comments, templates and regular expressions are left out */
function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    const sign = source[at] as string;
    if (source.startsWith('//', at)) {
      at = indexOrEnd(source, '\n', at);
    } else if (source.startsWith('/*', at)) {
      at = indexOrEnd(source, '*/', at + 2) + 2;
    } else if (sign === "'" || sign === '"') {
      const end = endOfString(source, at, sign);
      if (source[end] === sign) tokens.push({ kind: 'string', text: source.slice(at + 1, end) });
      at = end + 1;
    } else if (sign === '`') {
      at = endOfTemplate(source, at) + 1;
    } else if (sign === '/' && beforeRegex.has(tokens.at(-1)?.text ?? '(')) {
      at = endOfRegex(source, at) + 1;
    } else {
      wordPattern.lastIndex = at;
      const word = wordPattern.exec(source)?.[0];
      if (word !== undefined) tokens.push({ kind: 'word', text: word });
      else if (!/\s/.test(sign)) tokens.push({ kind: 'sign', text: sign });
      at += word?.length ?? 1;
    }
  }
  return tokens;
}

function indexOrEnd(source: string, what: string, from: number): number {
  const index = source.indexOf(what, from);
  return index < 0 ? source.length : index;
}

/** @returns index of the closing quote, or of the line's end for a quote that was none (an apostrophe in JSX) */
function endOfString(source: string, start: number, quote: string): number {
  let at = start + 1;
  while (at < source.length && source[at] !== quote && source[at] !== '\n') at += source[at] === '\\' ? 2 : 1;
  return at;
}

function endOfTemplate(source: string, start: number): number {
  let at = start + 1;
  let depth = 0;
  while (at < source.length) {
    if (source[at] === '\\') at += 1;
    else if (depth === 0 && source[at] === '`') return at;
    else if (depth > 0 && source[at] === '`') at = endOfTemplate(source, at);
    else if (source.startsWith('${', at)) {
      depth += 1;
      at += 1;
    } else if (depth > 0 && source[at] === '{') depth += 1;
    else if (depth > 0 && source[at] === '}') depth -= 1;
    at += 1;
  }
  return at;
}

function endOfRegex(source: string, start: number): number {
  let at = start + 1;
  let inClass = false;
  while (at < source.length && source[at] !== '\n') {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '[') inClass = true;
    else if (source[at] === ']') inClass = false;
    else if (source[at] === '/' && !inClass) return at;
    at += 1;
  }
  return at;
}

/** @returns every import, export-from, dynamic import and require with a literal specifier, in the file's order */
export function findImports(source: string): ImportEdge[] {
  const tokens = tokenize(source);
  const edges: ImportEdge[] = [];
  let statement: { typeOnly: boolean } | null = null;
  for (const [index, token] of tokens.entries()) {
    const next = tokens[index + 1];
    const afterNext = tokens[index + 2];
    const isMember = tokens[index - 1]?.text === '.';
    if (token.kind === 'word' && !isMember && (token.text === 'import' || token.text === 'export')) {
      const typeOnly =
        next?.kind === 'word' &&
        next.text === 'type' &&
        (afterNext?.text !== 'from' || tokens[index + 3]?.text === 'from');
      statement = { typeOnly };
      if (token.text === 'import' && next?.kind === 'string') edges.push({ specifier: next.text, typeOnly: false });
    }
    const isCall = token.kind === 'word' && !isMember && (token.text === 'import' || token.text === 'require');
    if (isCall && next?.text === '(' && afterNext?.kind === 'string') {
      edges.push({ specifier: afterNext.text, typeOnly: false });
    }
    if (statement && token.kind === 'word' && token.text === 'from' && next?.kind === 'string') {
      edges.push({ specifier: next.text, typeOnly: statement.typeOnly });
      statement = null;
    }
    if (token.text === ';' || token.text === '=') statement = null;
  }
  return edges;
}

/** @returns the files that a C, C++ or CUDA source includes, as written between the quotes or brackets */
export function findIncludes(source: string): string[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, '');
  return [...withoutComments.matchAll(/^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]/gm)].map(
    (match) => match[1] ?? '',
  );
}
