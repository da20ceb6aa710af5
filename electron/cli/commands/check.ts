/** `check`: the verdict and the findings; the exit code says whether anything grave was found. */
import { type CliOutput, printResult } from '../cliOutput.ts';
import { openForCommand } from '../openForCommand.ts';
import type { CliRequest } from '../options.ts';
import { checkRecord, checkText, hasGraveFinding } from '../reports.ts';

export async function check(request: CliRequest, output: CliOutput): Promise<number> {
  const { plan } = await openForCommand(request, output);
  printResult(output, request.json ? checkRecord(plan) : checkText(plan));
  return plan.verdict.level === 'good' && !hasGraveFinding(plan) ? 0 : 1;
}
