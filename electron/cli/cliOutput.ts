/** Where a command's words go. The result alone goes to `result`; progress, notes and failures go to `note`. */
import { printableLine } from './printable.ts';

export interface CliOutput {
  /** Standard output. */
  result(text: string): void;
  /** Standard error. */
  note(text: string): void;
  /** Standard error is a terminal, so that a line can be written over. */
  readonly interactive: boolean;
}

/** A text for people as it is, anything else as one line of JSON. */
export function printResult(output: CliOutput, value: unknown): void {
  output.result(typeof value === 'string' ? value : `${JSON.stringify(value)}\n`);
}

/** One line to the person, with what a terminal could take for a command made visible. */
export function printNote(output: CliOutput, text: string): void {
  output.note(`${printableLine(text)}\n`);
}
