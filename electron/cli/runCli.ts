/** The engine without a window: one command line in, words and an exit code out. */
import { toFailure } from '../common/failure.ts';
import { aboutReference } from './aboutReference.ts';
import { type CliOutput, printFailure, printResult } from './cliOutput.ts';
import type { CliRequest } from './cliRequest.ts';
import { check } from './commands/check.ts';
import { explain } from './commands/explain.ts';
import { forward } from './commands/forward.ts';
import { generate } from './commands/generate.ts';
import { headers } from './commands/headers.ts';
import { load } from './commands/load.ts';
import { plan } from './commands/plan.ts';
import { parseOptions } from './options.ts';
import { printableLine } from './printable.ts';
import { usage } from './usage.ts';

/** @returns the exit code; what is at fault is thrown as FailureError */
type Command = (request: CliRequest, output: CliOutput) => Promise<number>;

const commands: Readonly<Record<CliRequest['command'], Command>> = {
  check,
  plan,
  explain,
  load,
  generate,
  forward,
  headers,
};

/**
 * @param argv the arguments after the program's name
 * @returns 0 done, 2 the input is at fault (said in one line), 1 a fault of Draftscope, or for `check` a grave finding,
 *   130 interrupted
 */
export async function runCli(argv: readonly string[], output: CliOutput): Promise<number> {
  try {
    const request = parseOptions(argv);
    if (request === null) {
      await printResult(output, usage);
      return 0;
    }
    return await commands[request.command](request, output);
  } catch (error) {
    const failure = toFailure(error);
    const path = failure.path === undefined ? '' : `\n  ${printableLine(failure.path)}`;
    if (output.interactive) output.note('\r\x1b[K');
    output.note(`draftscope: ${printableLine(`${failure.message} ${failure.hint}`)}${path}\n`);
    if (argv.includes('--json')) await printFailure(output, { ...aboutReference(), failure });
    if (output.interrupted?.aborted === true) return 130;
    return failure.code === 'internal' ? 1 : 2;
  }
}
