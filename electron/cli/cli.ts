/** The engine without a window. The result alone goes to stdout; progress and failures go to stderr. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DecodeState, DecodeStep, LoadState, Plan } from '../common/contract.ts';
import { type Failure, FailureError, toFailure } from '../common/failure.ts';
import { draftscopeExtras, toGoldenRecord } from '../engine/loading/goldenRecord.ts';
import type { LoadPlan } from '../engine/loading/loadPlan.ts';
import { planView } from '../engine/session/planView.ts';
import { Session } from '../engine/session/session.ts';
import { parseTensorCase, planTensorCase, recordedScalar } from '../engine/session/tensorCase.ts';
import { type CliRequest, parseOptions, usage } from './options.ts';
import { printableLine } from './printable.ts';
import {
  checkRecord,
  checkText,
  generateRecord,
  generateText,
  hasGraveFinding,
  loadText,
  planText,
  storyText,
} from './reports.ts';

/** A checkpoint that claims more MTP layers than this still drafts no more by default. */
const maxDefaultDrafts = 32;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @throws FailureError */
async function main(argv: readonly string[]): Promise<void> {
  const request = parseOptions(argv);
  if (request === null) {
    print(usage);
    return;
  }
  if (request.tensorsFile !== '') {
    await planCaseFile(request);
    return;
  }
  const steps: DecodeStep[] = [];
  const session = new Session({
    addonPath: process.env.DRAFTSCOPE_ADDON ?? join(root, 'native/build/draftscope.node'),
    version: '',
    threads: request.threads,
    emit: (event, payload) => {
      if (event === 'load.progress') showProgress(payload as LoadState);
      if (event === 'decode.started') showNotes(payload as DecodeState);
    },
    emitStep: (step) => steps.push(step),
  });
  const opened = await session.open(locate(request.checkpoint));
  if (!opened.ok) throw failed(opened.failure);
  const plan = session.makePlan(request.parallel);
  switch (request.command) {
    case 'check':
      print(request.json ? checkRecord(plan) : checkText(plan));
      process.exitCode = plan.verdict.level === 'good' && !hasGraveFinding(plan) ? 0 : 1;
      return;
    case 'explain': {
      const story = await session.handlers['tensor.explain']({ tensor: tensorNamed(session, request.tensor) });
      print(request.json ? story : storyText(story));
      return;
    }
    case 'plan':
      if (request.json) print(planRecord(session, opened.name, plan));
      else print(planText(plan));
      return;
    case 'load': {
      const state = await session.load(request.threads);
      if (state.failure !== null) throw failed(state.failure);
      print(request.json ? state : loadText(state));
      return;
    }
    case 'generate': {
      const state = await generate(session, request);
      print(request.json ? generateRecord(state, steps) : generateText(state, steps));
    }
  }
}

/** @throws FailureError badOption */
async function planCaseFile(request: CliRequest): Promise<void> {
  const path = locate(request.tensorsFile);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw new FailureError('badOption', 'The case is no readable JSON file.', { path });
  }
  const given = parseTensorCase(parsed);
  const plan = planTensorCase(given);
  const view = planView(plan, { checkpointId: 0, problems: [], planMicros: 0, targetFinding: null, fileFindings: [] });
  const named = { caseName: given.case ?? '', note: given.note ?? '', scalarOf: recordedScalar };
  print(request.json ? { ...toGoldenRecord(plan, named), draftscope: extrasOf(plan, view) } : planText(view));
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

function planRecord(session: Session, name: string, plan: ReturnType<Session['makePlan']>): unknown {
  const current = session.plan;
  if (current === null) throw new FailureError('internal', 'The plan is missing.');
  return {
    ...toGoldenRecord(current, { caseName: name }),
    draftscope: extrasOf(current, plan),
  };
}

function extrasOf(plan: LoadPlan, view: Plan): unknown {
  return { reference: view.reference, ...draftscopeExtras(plan, view.verdict, view.findings) };
}

async function generate(session: Session, request: CliRequest): Promise<DecodeState> {
  const layers = session.checkpoint?.config.numNextnPredictLayers ?? 0;
  if (request.parallel.tensorParallelSize * request.parallel.dataParallelSize > 1)
    process.stderr.write(
      'note: the model runs on a single rank here; the ranks asked for only matter to plan and load.\n',
    );
  const state = await session.decode({
    prompt: request.prompt,
    ...(request.promptIds === undefined ? {} : { promptIds: request.promptIds }),
    maxTokens: request.maxTokens,
    numSpeculativeTokens: request.numSpeculativeTokens ?? Math.min(layers, maxDefaultDrafts),
    predictor: request.predictor,
    paceMillis: 0,
  });
  if (state.failure !== null) throw failed(state.failure);
  return state;
}

/** npm runs scripts in the package's folder; a relative path means the folder the person is in. */
function locate(path: string): string {
  const from = process.env.INIT_CWD;
  const there = from === undefined ? null : resolve(from, path);
  return there !== null && existsSync(there) ? there : resolve(path);
}

let progressShown = false;

function showProgress(state: LoadState): void {
  if (process.stderr.isTTY !== true) return;
  const percent = ((100 * state.bytesRead) / Math.max(1, state.bytesTotal)).toFixed(0);
  process.stderr.write(`\rloading ${percent} %, ${(state.bytesRead / 1e6).toFixed(1)} MB`);
  progressShown = true;
  if (state.status !== 'running') process.stderr.write('\r\x1b[K');
}

function showNotes(state: DecodeState): void {
  for (const note of state.notes) process.stderr.write(`note: ${printableLine(note)}\n`);
}

function print(value: unknown): void {
  process.stdout.write(typeof value === 'string' ? value : `${JSON.stringify(value)}\n`);
}

function failed(failure: Failure): FailureError {
  return new FailureError(failure.code, failure.message, failure);
}

// A reader that closes early (`| head`) ends the program quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

main(process.argv.slice(2)).catch((error: unknown) => {
  const failure = toFailure(error);
  if (progressShown) process.stderr.write('\n');
  const path = failure.path === undefined ? '' : `\n  ${printableLine(failure.path)}`;
  process.stderr.write(`draftscope: ${printableLine(`${failure.message} ${failure.hint}`)}${path}\n`);
  process.exitCode = failure.code === 'internal' ? 1 : 2;
});
