/** The search language of the Mapping view: words, globs and `key:value` terms, matched against names. Pure. */

export const termKeys = ['slot', 'expert', 'layer', 'dtype', 'file', 'rule', 'to'] as const;
export type TermKey = (typeof termKeys)[number];

export interface NameQuery {
  /** Lower case; each must occur in the name. */
  readonly words: readonly string[];
  /** Lower case; each must match somewhere in the name. */
  readonly globs: readonly string[];
  readonly terms: readonly { readonly key: TermKey; readonly value: string }[];
}

/** `up_proj *experts.1?7* slot:w3` -> words, globs and terms; all of them must hold. */
export function parseQuery(text: string): NameQuery {
  const words: string[] = [];
  const globs: string[] = [];
  const terms: { key: TermKey; value: string }[] = [];
  for (const part of text.toLowerCase().split(/\s+/).filter(Boolean)) {
    const colon = part.indexOf(':');
    const key = termKeys.find((candidate) => candidate === part.slice(0, Math.max(0, colon)));
    if (key !== undefined) {
      // A term that is still being typed asks for nothing yet.
      if (colon + 1 < part.length) terms.push({ key, value: part.slice(colon + 1) });
    } else if (/[*?]/.test(part)) globs.push(part);
    else words.push(part);
  }
  return { words, globs, terms };
}

/** Test whether a glob (`*` any run, `?` one character) matches somewhere in a name; no going back, so it stays quick. */
export function globMatcher(glob: string): (name: string) => boolean {
  const pieces = glob.split('*').filter((piece) => piece !== '');
  return (name) => {
    let from = 0;
    for (const piece of pieces) {
      const at = findPiece(name, piece, from);
      if (at < 0) return false;
      from = at + piece.length;
    }
    return true;
  };
}

function findPiece(name: string, piece: string, from: number): number {
  if (!piece.includes('?')) return name.indexOf(piece, from);
  for (let at = from; at + piece.length <= name.length; at += 1) {
    let same = 0;
    while (same < piece.length && (piece[same] === '?' || piece[same] === name[at + same])) same += 1;
    if (same === piece.length) return at;
  }
  return -1;
}
