/** `explain`: the rules that one tensor meets, in order, and where its values go. */
import { FailureError } from '../../common/failure.ts';
import { indexOfTensor } from '../../engine/checkpoint/tensorIndex.ts';
import type { Session } from '../../engine/session/session.ts';
import { aboutReference } from '../aboutReference.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { nearestNames } from '../nearestNames.ts';
import { type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { rankLine, storyText } from '../reports.ts';

export function explain(request: CliRequest, output: CliOutput): Promise<number> {
  return withOpened(request, output, (opened) => explainOpened(opened, request, output));
}

async function explainOpened(
  { session, plan }: OpenedForCommand,
  request: CliRequest,
  output: CliOutput,
): Promise<number> {
  const tensor = tensorNamed(session, request.tensor);
  const { parallel } = request;
  const ranks = parallel.tensorParallelSize * parallel.dataParallelSize;
  if (!request.allRanks) {
    const story = await session.handlers['tensor.explain']({ tensor });
    await printResult(
      output,
      request.json ? { ...aboutReference(plan), rank: parallel.rank, ...story } : storyText(story),
    );
    return 0;
  }
  const stories: unknown[] = [];
  for (let rank = 0; rank < ranks; rank++) {
    session.makePlan({ ...parallel, rank });
    const story = await session.handlers['tensor.explain']({ tensor });
    if (request.json) stories.push({ rank, ...story });
    else await printResult(output, `${rank === 0 ? storyText(story) : ''}${rankLine(rank, ranks, story)}\n`);
  }
  if (request.json) await printResult(output, { ...aboutReference(plan), ranks: stories });
  return 0;
}

/** @throws FailureError badOption, with the nearest names */
function tensorNamed(session: Session, name: string): number {
  const tensors = session.checkpoint?.tensors ?? [];
  const index = indexOfTensor(tensors, name);
  if (index >= 0) return index;
  const near = nearestNames(
    tensors.map((tensor) => tensor.name),
    name,
  );
  throw new FailureError('badOption', `There is no tensor ${name} in this checkpoint.`, {
    hint: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'See plan --json for the names.',
  });
}
