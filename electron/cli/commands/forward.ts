/** `forward`: one pass over ids, with hidden states, logits and routing written to a safetensors file. */
import { FailureError } from '../../common/failure.ts';
import { aboutReference } from '../aboutReference.ts';
import { tellSilent } from '../beforeRunning.ts';
import { type CliOutput, printNote, printResult } from '../cliOutput.ts';
import { locate } from '../locate.ts';
import { openForCommand } from '../openForCommand.ts';
import type { CliRequest } from '../options.ts';
import { SafetensorsWriter } from '../safetensorsWriter.ts';

const leavesUnfilled: ReadonlySet<string> = new Set(['neverFilled', 'partlyFilled', 'targetIncomplete']);

export async function forward(request: CliRequest, output: CliOutput): Promise<number> {
  if (request.forward === null) throw new FailureError('internal', 'The forward request is missing.');
  const { session } = await openForCommand(request, output);
  const plan = await session.checkValues();
  const { out, ...wanted } = request.forward;
  // Sizes and shared copies that stop the reference alone can be computed all the same; other blockers refuse below.
  tellSilent(plan, output);
  if (plan.findings.some(({ code, severity }) => severity === 'silent' && leavesUnfilled.has(code)))
    printNote(output, 'note: parameters that no tensor fills hold zeros here.');
  const writer = await SafetensorsWriter.at(locate(out), session.checkpoint?.folder ?? '.');
  try {
    await session.forward(wanted, writer);
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  printResult(
    output,
    request.json
      ? { ...aboutReference(plan), out: locate(out), rows: wanted.ids.length }
      : `${wanted.ids.length} rows -> ${out}\n`,
  );
  return 0;
}
