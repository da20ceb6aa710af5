/** Token ids as people type them. Pure. */

export type TypedIds =
  | { readonly kind: 'ids'; readonly ids: readonly number[] }
  | { readonly kind: 'empty' }
  /** One sentence. */
  | { readonly kind: 'problem'; readonly sentence: string };

/** As many characters of a wrong entry as are repeated to the user. */
const shownCharacters = 24;

/**
 * @param text ids between commas, spaces or brackets, as a log or a list in a program shows them
 * @param vocabSize ids are 0 to vocabSize - 1
 */
export function readTokenIds(text: string, vocabSize: number): TypedIds {
  const words = text
    .replace(/^\s*\[/, '')
    .replace(/\]\s*$/, '')
    .split(/[\s,;]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return { kind: 'empty' };
  const range = `Ids are whole numbers from 0 to ${(vocabSize - 1).toLocaleString('en-US')}.`;
  const wrong = words.find((word) => !/^\d+$/.test(word));
  if (wrong !== undefined) {
    const shown = wrong.length > shownCharacters ? `${wrong.slice(0, shownCharacters)}…` : wrong;
    return { kind: 'problem', sentence: `“${shown}” is not a token id. ${range}` };
  }
  const ids = words.map(Number);
  const outside = words.find((_, at) => (ids[at] as number) >= vocabSize);
  if (outside !== undefined) {
    return { kind: 'problem', sentence: `${outside.slice(0, shownCharacters)} is outside the vocabulary. ${range}` };
  }
  return { kind: 'ids', ids };
}
