/** `check`: the verdict and the findings; the exit code says whether anything grave was found. */
import type { ReadProgress } from '../../engine/session/findings/values/valueReader.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { memoryRecord, memoryText } from '../memoryReport.ts';
import { type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { checkRecord, checkText, hasGraveFinding } from '../reports.ts';

export function check(request: CliRequest, output: CliOutput): Promise<number> {
  return withOpened(request, output, (opened) => checkOpened(opened, request, output));
}

async function checkOpened({ session }: OpenedForCommand, request: CliRequest, output: CliOutput): Promise<number> {
  const plan = await session.checkValues(request.readAll ? { budget: null, onProgress: progressTo(output) } : {});
  const need = session.memoryNeed();
  await printResult(
    output,
    request.json
      ? { ...checkRecord(plan), memory: memoryRecord(need, session.device) }
      : `${checkText(plan)}${memoryText(need, session.device)}`,
  );
  return plan.verdict.level === 'good' && !hasGraveFinding(plan) ? 0 : 1;
}

/** One line that is written over, at most once for each tenth of a percent. */
function progressTo(output: CliOutput): ((progress: ReadProgress) => void) | undefined {
  if (!output.interactive) return undefined;
  let shown = -1;
  return ({ bytesRead, bytesTotal }) => {
    const done = Math.floor((1000 * bytesRead) / Math.max(1, bytesTotal));
    if (done === shown) return;
    shown = done;
    output.note(`\rreading values ${(done / 10).toFixed(1)} %, ${(bytesRead / 1e9).toFixed(2)} GB`);
    if (bytesRead === bytesTotal) output.note('\r\x1b[K');
  };
}
