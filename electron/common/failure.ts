/**
 * Failures are data: a closed list of codes, each with the sentence and the hint that people read.
 * Nothing else crosses a process border as an error.
 */

export const failureCodes = [
  'folderNotFound',
  'notACheckpoint',
  'configUnreadable',
  'configUnsupported',
  'indexUnreadable',
  'noWeights',
  'unsafeName',
  'shardMissing',
  'shardsAbsent',
  'headersUnreadable',
  'headersOnly',
  'shardTruncated',
  'headerInvalid',
  'tensorMissing',
  'fileChanged',
  'readFailed',
  'planHasErrors',
  'notRunnable',
  'notLoaded',
  'tokenizerUnreadable',
  'promptInvalid',
  'nativeMissing',
  'backendUnavailable',
  'outOfMemory',
  'nativeFailed',
  'deviceLost',
  'cancelled',
  'busy',
  'badOption',
  'badRequest',
  'engineStopped',
  'internal',
] as const;

export type FailureCode = (typeof failureCodes)[number];

export interface Failure {
  readonly code: FailureCode;
  /** One sentence: what happened, with names and numbers. */
  readonly message: string;
  /** One sentence: what to do about it. */
  readonly hint: string;
  /** The file or folder it is about, where there is one. */
  readonly path?: string;
}

/** What to do, where the thrower has nothing better to say. */
const defaultHints: Record<FailureCode, string> = {
  folderNotFound: 'Check the path, or choose the folder with Open.',
  notACheckpoint: 'Choose the folder that holds config.json and the .safetensors files.',
  configUnreadable: 'Restore config.json from the original checkpoint.',
  configUnsupported:
    'Draftscope reads DeepSeek-V3-family checkpoints (model_type deepseek_v2, deepseek_v3, deepseek_v32).',
  indexUnreadable: 'Restore model.safetensors.index.json, or delete it to have the shard headers used instead.',
  noWeights: 'Download the .safetensors files into this folder.',
  unsafeName: 'The index may only name files inside the checkpoint folder; correct the entry.',
  shardMissing: 'Download the missing file again; the other files were read.',
  shardsAbsent: 'Download the .safetensors files; until then the names of the index are all that is looked at.',
  headersUnreadable: 'Write it anew with: draftscope headers <checkpoint> --out FILE',
  headersOnly: 'Open the checkpoint folder itself, where the weights are.',
  shardTruncated: 'Download the file again: it is shorter than its own header says.',
  headerInvalid: 'Download the file again: its header is not a valid safetensors header.',
  tensorMissing: 'The index and the files do not belong together; download both from the same revision.',
  fileChanged: 'Open the checkpoint again, so that what is shown is what is loaded.',
  readFailed: 'Check that the disk and the file can be read, then try again.',
  planHasErrors: 'Look at the tensors marked "would fail"; the reference loader would stop at the first of them.',
  notRunnable: 'Its loading plan is complete all the same.',
  notLoaded: 'Load the weights first.',
  tokenizerUnreadable: 'Put tokenizer.json next to config.json, or give token ids instead of text.',
  promptInvalid: 'Shorten the prompt or the number of new tokens.',
  nativeMissing: 'Build the addon with: npm run build:native',
  backendUnavailable: 'Choose the CPU backend.',
  outOfMemory: 'Load one rank of a parallel set-up instead, or close other programs.',
  nativeFailed: 'Try again; if it happens again, restart the engine.',
  deviceLost: 'Restart the engine (File menu): a lost device comes back only in a new process.',
  cancelled: 'Start it again when you want to.',
  busy: 'Wait for the running work, or stop it first.',
  badOption: 'See --help for the options and their values.',
  badRequest: 'Restart the window; its version does not fit the engine.',
  engineStopped: 'Press Restart; nothing on disk was changed.',
  internal: 'Please report it with the message above.',
};

/** A Failure on its way up through throw; turned into data at the first border. */
export class FailureError extends Error {
  readonly failure: Failure;
  constructor(code: FailureCode, message: string, options: { hint?: string; path?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FailureError';
    this.failure = makeFailure(code, message, options);
  }
}

export function makeFailure(
  code: FailureCode,
  message: string,
  options: { hint?: string; path?: string } = {},
): Failure {
  return {
    code,
    message,
    hint: options.hint ?? defaultHints[code],
    ...(options.path === undefined ? {} : { path: options.path }),
  };
}

/** Whatever was thrown, as a Failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof FailureError) return error.failure;
  if (error instanceof Error && error.name === 'AbortError') return makeFailure('cancelled', 'Cancelled.');
  return makeFailure('internal', error instanceof Error ? error.message : String(error));
}
