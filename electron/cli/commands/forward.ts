/** `forward`: one pass over ids, with hidden states, logits and routing written to a safetensors file. */
import { singleRank } from '../../common/domain.ts';
import { FailureError } from '../../common/failure.ts';
import { aboutReference } from '../aboutReference.ts';
import { refuseOrCompute } from '../beforeRunning.ts';
import { type CliOutput, printNote, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { locate } from '../locate.ts';
import { type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { SafetensorsWriter } from '../safetensorsWriter.ts';

const leavesUnfilled: ReadonlySet<string> = new Set(['neverFilled', 'partlyFilled', 'targetIncomplete']);

export function forward(request: CliRequest, output: CliOutput): Promise<number> {
  return withOpened(request, output, (opened) => forwardOpened(opened, request, output));
}

async function forwardOpened({ session }: OpenedForCommand, request: CliRequest, output: CliOutput): Promise<number> {
  if (request.forward === null) throw new FailureError('internal', 'The forward request is missing.');
  const { checkpoint } = session;
  if (checkpoint === null) throw new FailureError('internal', 'The checkpoint is not open.');
  const { filesBeside = [] } = checkpoint;
  if (filesBeside.length > 0)
    printNote(
      output,
      `note: without an index the reference reads ${filesBeside.join(', ')} too; left out here, for no tensor in ${filesBeside.length === 1 ? 'it' : 'them'} is named like a weight.`,
    );
  // One pass runs on a single rank, whatever set-up is asked about.
  session.makePlan(singleRank);
  const plan = await session.checkValues();
  const { out, ...wanted } = request.forward;
  refuseOrCompute(plan, checkpoint, output);
  if (plan.findings.some(({ code, severity }) => severity === 'silent' && leavesUnfilled.has(code)))
    printNote(output, 'note: parameters that no tensor fills hold zeros here.');
  const writer = await SafetensorsWriter.at(locate(out), checkpoint.folder);
  try {
    await session.forward(wanted, writer);
    await writer.finish();
  } catch (error) {
    await writer.abandon();
    throw error;
  }
  await printResult(
    output,
    request.json
      ? { ...aboutReference(plan), out: locate(out), rows: wanted.ids.length }
      : `${wanted.ids.length} rows -> ${out}\n`,
  );
  return 0;
}
