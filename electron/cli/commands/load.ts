/** `load`: reads the weights of one rank into memory and says how fast. */
import { refuseBlockers } from '../beforeRunning.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import { asError, openForCommand } from '../openForCommand.ts';
import type { CliRequest } from '../options.ts';
import { loadText } from '../reports.ts';

export async function load(request: CliRequest, output: CliOutput): Promise<number> {
  const { session } = await openForCommand(request, output);
  refuseBlockers(await session.checkValues(), output);
  const state = await session.load(request.threads);
  if (state.failure !== null) throw asError(state.failure);
  printResult(output, request.json ? state : loadText(state));
  return 0;
}
