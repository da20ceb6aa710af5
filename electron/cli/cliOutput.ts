/** Where a command's words go. The result alone goes to `result`; progress, notes and failures go to `note`. */
import { FailureError } from '../common/failure.ts';
import { jsonPieces } from './jsonText.ts';
import { printableLine } from './printable.ts';

export interface CliOutput {
  /** Standard output. The promise is there while the reader is slower than what is written. */
  result(text: string): Promise<void> | void;
  /** The reader of standard output has gone away (`| head`): what is left needs no printing. */
  readonly isClosed?: boolean;
  /** Standard error. */
  note(text: string): void;
  /** Somebody asked for the end: Ctrl-C. */
  readonly interrupted?: AbortSignal;
  /** Standard error is a terminal, so that a line can be written over. */
  readonly interactive: boolean;
}

/**
 * A text for people as it is, anything else as one line of JSON, in pieces where it is long.
 * @throws FailureError cancelled when it was interrupted: what a stopped run got to is no result
 */
export async function printResult(output: CliOutput, value: unknown): Promise<void> {
  if (output.interrupted?.aborted === true) throw new FailureError('cancelled', 'Stopped.', { hint: '' });
  await write(output, value);
}

/** What a program reads in place of a result, after an interruption too. */
export function printFailure(output: CliOutput, value: unknown): Promise<void> {
  return write(output, value);
}

async function write(output: CliOutput, value: unknown): Promise<void> {
  if (typeof value === 'string') {
    await output.result(value);
    return;
  }
  for (const piece of jsonPieces(value)) {
    if (output.isClosed === true) return;
    await output.result(piece);
  }
  await output.result('\n');
}

/** One line to the person, with what a terminal could take for a command made visible. */
export function printNote(output: CliOutput, text: string): void {
  output.note(`${printableLine(text)}\n`);
}
