/** `load`: reads the weights of one rank into memory and says how fast. */
import { aboutReference } from '../aboutReference.ts';
import { refuseBlockers } from '../beforeRunning.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { asError, type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { loadText } from '../reports.ts';
import { statisticsRecord, statisticsText } from '../statisticsReport.ts';

export function load(request: CliRequest, output: CliOutput): Promise<number> {
  return withOpened(request, output, (opened) => loadOpened(opened, request, output));
}

async function loadOpened({ session }: OpenedForCommand, request: CliRequest, output: CliOutput): Promise<number> {
  const plan = await session.checkValues();
  refuseBlockers(plan, output);
  const state = await session.load(request.threads, request.statistics);
  if (state.failure !== null) throw asError(state.failure);
  const counted = await session.loadStatistics();
  const record = () => ({
    ...aboutReference(plan),
    ...state,
    ...(request.statistics ? { statistics: statisticsRecord(counted) } : {}),
  });
  const text = () => `${loadText(state)}${request.statistics ? `\n${statisticsText(counted)}` : ''}`;
  await printResult(output, request.json ? record() : text());
  return 0;
}
