/** `plan`: what the reference loader would do with every tensor, of a folder or of a case without files. */
import type { Plan } from '../../common/contract.ts';
import { FailureError } from '../../common/failure.ts';
import { isTooDeep, maxJsonDepth } from '../../engine/checkpoint/jsonDepth.ts';
import { readTextFile } from '../../engine/checkpoint/textFile.ts';
import { draftscopeExtras, toGoldenRecord } from '../../engine/loading/goldenRecord.ts';
import type { LoadPlan } from '../../engine/loading/loadPlan.ts';
import { placementView } from '../../engine/session/placementView.ts';
import { planView } from '../../engine/session/planView.ts';
import { parseTensorCase, planTensorCase, recordedScalar } from '../../engine/session/tensorCase.ts';
import { allRanksRecord } from '../allRanksRecord.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { locate } from '../locate.ts';
import { memoryText, needRecord } from '../memoryReport.ts';
import { type OpenedForCommand, withOpened } from '../openForCommand.ts';
import { planText } from '../reports.ts';

/** Half a million tensors have some 60 MB. */
const maxCaseBytes = 400_000_000;

export async function plan(request: CliRequest, output: CliOutput): Promise<number> {
  if (request.tensorsFile === '') await withOpened(request, output, (opened) => planFolder(opened, request, output));
  else await planCaseFile(request, output);
  return 0;
}

async function planFolder(
  { session, name, plan: view }: OpenedForCommand,
  request: CliRequest,
  output: CliOutput,
): Promise<void> {
  const current = session.plan;
  if (current === null) throw new FailureError('internal', 'The plan is missing.');
  const need = session.memoryNeed();
  const record = () => ({
    ...toGoldenRecord(current, { caseName: name }),
    draftscope: { ...extrasOf(current, view), memory: needRecord(need) },
  });
  await printResult(output, request.json ? record() : `${planText(view)}${memoryText(need, session.device)}`);
}

/** @throws FailureError badOption */
async function readCase(path: string): Promise<unknown> {
  const bad = (what: string) =>
    new FailureError('badOption', `The case ${what}.`, {
      path,
      hint: 'It is a JSON file that holds config, parallel, quant and tensors as the recorded loading cases do.',
    });
  const text = await readTextFile(path, maxCaseBytes).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'EFBIG') throw bad(`has more than ${maxCaseBytes / 1e6} MB`);
    throw bad(code === 'ENOTFILE' ? 'is not a regular file' : `could not be read (${code ?? 'unknown error'})`);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw bad('is not valid JSON');
  }
  if (isTooDeep(parsed)) throw bad(`is nested more than ${maxJsonDepth} levels deep`);
  return parsed;
}

/** @throws FailureError badOption */
async function planCaseFile(request: CliRequest, output: CliOutput): Promise<void> {
  const given = parseTensorCase(await readCase(locate(request.tensorsFile)));
  const planned = planTensorCase(given);
  const view = planView(planned, {
    checkpointId: 0,
    problems: [],
    planMicros: 0,
    targetFinding: null,
    fileFindings: [],
  });
  const named = { caseName: given.case ?? '', note: given.note ?? '', scalarOf: recordedScalar };
  const record = () => ({ ...toGoldenRecord(planned, named), draftscope: extrasOf(planned, view) });
  await printResult(output, request.json ? record() : planText(view));
}

function extrasOf(planned: LoadPlan, view: Plan) {
  return {
    reference: view.reference,
    ...draftscopeExtras(planned, view.verdict, view.findings),
    all_ranks: allRanksRecord(placementView(planned, view.checkpointId)),
  };
}
