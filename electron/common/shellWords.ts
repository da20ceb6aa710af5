/** Splits a command as a POSIX shell would: quotes, backslashes, continued lines, comments. Nothing is expanded. */

/** @returns null when a quote is not closed */
export function shellWords(text: string): string[] | null {
  const words: string[] = [];
  let word = '';
  // '' is a word too, so its existence is kept apart from its length.
  let inWord = false;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string;
    const next = text[at + 1];
    if (quote === "'") {
      if (char === "'") quote = null;
      else word += char;
    } else if (char === '\\' && (next === '\n' || (next === '\r' && text[at + 2] === '\n'))) {
      at += next === '\n' ? 1 : 2;
    } else if (quote === '"') {
      if (char === '"') quote = null;
      else if (char === '\\' && next !== undefined && '"\\$`'.includes(next)) {
        word += next;
        at += 1;
      } else word += char;
    } else if (char === '"' || char === "'") {
      quote = char;
      inWord = true;
    } else if (/\s/.test(char)) {
      if (inWord) words.push(word);
      word = '';
      inWord = false;
    } else if (char === '#' && !inWord) {
      while (at + 1 < text.length && text[at + 1] !== '\n') at += 1;
    } else {
      word += char === '\\' ? (next ?? '') : char;
      if (char === '\\') at += 1;
      inWord = true;
    }
  }
  if (quote !== null) return null;
  if (inWord) words.push(word);
  return words;
}
