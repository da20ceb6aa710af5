/** `generate`: decodes a prompt speculatively. */
import { randomInt } from 'node:crypto';
import { singleRank } from '../../common/domain.ts';
import { aboutReference } from '../aboutReference.ts';
import { refuseBlockers } from '../beforeRunning.ts';
import { type CliOutput, printNote, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { asError, type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { generateRecord, generateText } from '../reports.ts';

/** A checkpoint that claims more MTP layers than this still drafts no more by default. */
const maxDefaultDrafts = 32;

export function generate(request: CliRequest, output: CliOutput): Promise<number> {
  return withOpened(request, output, (opened) => generateOpened(opened, request, output));
}

async function generateOpened(
  { session, steps }: OpenedForCommand,
  request: CliRequest,
  output: CliOutput,
): Promise<number> {
  const layers = session.checkpoint?.config.numNextnPredictLayers ?? 0;
  const { tensorParallelSize, dataParallelSize } = request.parallel;
  const isWhole = tensorParallelSize * dataParallelSize === 1;
  if (!isWhole) session.makePlan(singleRank);
  const plan = await session.checkValues();
  refuseBlockers(plan, output);
  if (!isWhole)
    printNote(output, 'note: the model runs on a single rank here; the ranks asked for only matter to plan and load.');
  const state = await session.decode({
    prompt: request.prompt,
    ...(request.promptIds === undefined ? {} : { promptIds: request.promptIds }),
    maxTokens: request.maxTokens,
    numSpeculativeTokens: request.numSpeculativeTokens ?? Math.min(layers, maxDefaultDrafts),
    predictor: request.predictor,
    alternatives: [...request.alternatives],
    sampling: { ...request.sampling, seed: request.sampling.seed ?? randomInt(2 ** 32) },
    paceMillis: 0,
  });
  if (state.failure !== null) throw asError(state.failure);
  await printResult(
    output,
    request.json ? { ...generateRecord(state, steps), ...aboutReference(plan) } : generateText(state, steps),
  );
  return 0;
}
