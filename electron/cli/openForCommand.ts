/** A session on the checkpoint of a request, planned for the rank that is asked about. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DecodeState, DecodeStep, DeviceState, LoadState, Plan } from '../common/contract.ts';
import { type Failure, FailureError } from '../common/failure.ts';
import { requireWeights } from '../engine/checkpoint/headersFile.ts';
import { Session } from '../engine/session/session.ts';
import { type CliOutput, printNote } from './cliOutput.ts';
import type { CliRequest } from './cliRequest.ts';
import { locate } from './locate.ts';

export interface OpenedForCommand {
  readonly session: Session;
  /** Name of the checkpoint. */
  readonly name: string;
  readonly plan: Plan;
  /** Steps of a decode, as they come. */
  readonly steps: readonly DecodeStep[];
}

const needsWeights: ReadonlySet<CliRequest['command']> = new Set(['load', 'generate', 'forward']);

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs a command on an opened checkpoint. However it ends, an interruption included, what runs is stopped and the device let
 * go of before this returns.
 * @throws FailureError what opening, planning and the command throw; cancelled when it was interrupted
 */
export async function withOpened<T>(
  request: CliRequest,
  output: CliOutput,
  command: (opened: OpenedForCommand) => Promise<T>,
): Promise<T> {
  const steps: DecodeStep[] = [];
  const session = new Session({
    addonPath: process.env.DRAFTSCOPE_ADDON ?? join(root, 'native/build/draftscope.node'),
    version: '',
    threads: request.threads,
    device: request.device,
    sharesTables: request.sharesTables,
    emit: (event, payload) => {
      if (event === 'load.progress') showProgress(output, payload as LoadState);
      if (event === 'decode.started') showNotes(output, payload as DecodeState);
    },
    emitStep: (step) => steps.push(step),
  });
  const run = async () => command(await open(session, request, steps, output));
  const work = run();
  try {
    return await unlessInterrupted(work, output.interrupted);
  } finally {
    await session.end();
    // What was interrupted tidies up after itself.
    await work.catch(() => undefined);
  }
}

async function open(
  session: Session,
  request: CliRequest,
  steps: readonly DecodeStep[],
  output: CliOutput,
): Promise<OpenedForCommand> {
  const opened = await session.open(locate(request.checkpoint), { withoutBeside: request.command === 'forward' });
  if (!opened.ok) throw asError(opened.failure);
  if (needsWeights.has(request.command) && session.checkpoint !== null) {
    requireWeights(session.checkpoint);
    if (request.device.kind === 'auto') tellDevice(session.device, output);
  }
  return { session, name: opened.name, plan: session.makePlan(request.parallel), steps };
}

/** @throws FailureError cancelled, as soon as the signal says so */
async function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  const interrupted = new Promise<never>((_resolve, reject) => {
    const stop = () => reject(new FailureError('cancelled', 'Stopped.', { hint: '' }));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([work, interrupted]);
}

/** "auto" says what it came to, and why where that is the CPU. */
function tellDevice({ backends, active }: DeviceState, output: CliOutput): void {
  const cuda = backends.find(({ kind }) => kind === 'cuda');
  const why = active === 'cpu' && cuda !== undefined ? ` CUDA: ${cuda.detail}` : '';
  if (active !== null) printNote(output, `note: auto chose the device ${active}.${why}`);
}

export function asError(failure: Failure): FailureError {
  return new FailureError(failure.code, failure.message, failure);
}

function showProgress(output: CliOutput, state: LoadState): void {
  if (!output.interactive) return;
  const percent = ((100 * state.bytesRead) / Math.max(1, state.bytesTotal)).toFixed(0);
  output.note(`\rloading ${percent} %, ${(state.bytesRead / 1e6).toFixed(1)} MB`);
  if (state.status !== 'running') output.note('\r\x1b[K');
}

function showNotes(output: CliOutput, state: DecodeState): void {
  for (const note of state.notes) printNote(output, `note: ${note}`);
}
