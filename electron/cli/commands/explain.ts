/** `explain`: the rules that one tensor meets, in order, and where its values go. */
import { FailureError } from '../../common/failure.ts';
import type { Session } from '../../engine/session/session.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import { openForCommand } from '../openForCommand.ts';
import type { CliRequest } from '../options.ts';
import { storyText } from '../reports.ts';

export async function explain(request: CliRequest, output: CliOutput): Promise<number> {
  const { session } = await openForCommand(request, output);
  const story = await session.handlers['tensor.explain']({ tensor: tensorNamed(session, request.tensor) });
  printResult(output, request.json ? story : storyText(story));
  return 0;
}

/** @throws FailureError badOption, with the nearest names */
function tensorNamed(session: Session, name: string): number {
  const tensors = session.checkpoint?.tensors ?? [];
  const index = tensors.findIndex((tensor) => tensor.name === name);
  if (index >= 0) return index;
  const near = tensors.filter((tensor) => tensor.name.includes(name)).slice(0, 3);
  throw new FailureError('badOption', `There is no tensor ${name} in this checkpoint.`, {
    hint:
      near.length > 0
        ? `Did you mean ${near.map((tensor) => tensor.name).join(', ')}?`
        : 'See plan --json for the names.',
  });
}
