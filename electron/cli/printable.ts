/**
 * Names and texts of a checkpoint are not ours: control characters in them would reach the person's terminal as commands
 * (move the cursor, set the title, hide a line). They are shown as \xNN or \uNNNN instead.
 */

// C0 without tab, DEL, C1, and the marks that turn the direction of text.
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const unprintable = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line for a terminal. */
export function printableLine(text: string): string {
  return text.replace(unprintable, (character) => {
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Text whose line breaks are meant. */
export function printableText(text: string): string {
  return text.split('\n').map(printableLine).join('\n');
}
