/** Other engines that decode the same model, run beside ours where the machine has them. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../section.ts';
import { askPeer, askPython, type PeerAnswer } from './askPeer.ts';

export interface PeerRequest {
  readonly folder: string;
  readonly promptIds: readonly number[];
  /** The token that comes out of the prompt counts; it is not timed. */
  readonly newTokens: number;
  readonly threads: number;
}

export interface PeerDecode {
  readonly name: string;
  readonly note: string;
  readonly ids: readonly number[];
  /** Tokens per second of each run. */
  readonly rates: readonly number[];
}

export interface PeerDecodes {
  readonly version: string;
  readonly decodes: readonly PeerDecode[];
}

const script = (name: string) => fileURLToPath(new URL(`../../bench/peers/${name}`, import.meta.url));

function numbersOf({ runs }: BenchContext, { threads, newTokens, promptIds }: PeerRequest): string[] {
  return [String(threads), String(runs), String(newTokens), JSON.stringify(promptIds)];
}

/** transformers on torch's CPU kernels, when BENCH_PYTHON names an interpreter that has both. */
export function transformersDecodes(context: BenchContext, request: PeerRequest): PeerAnswer<PeerDecodes> {
  context.say('transformers');
  return askPython('transformers', [script('transformersDecode.py'), request.folder, ...numbersOf(context, request)]);
}

/**
 * llama.cpp, when BENCH_LLAMA names a folder with node-llama-cpp in its node_modules, and BENCH_PYTHON an interpreter
 * that has `gguf` to rewrite the checkpoint with.
 */
export function llamaDecodes(context: BenchContext, request: PeerRequest): PeerAnswer<PeerDecodes> {
  const folder = process.env.BENCH_LLAMA;
  if (folder === undefined) return { found: null, note: 'llama.cpp was not run: BENCH_LLAMA is not set.' };
  context.say('llama.cpp');
  mkdirSync(context.cacheFolder, { recursive: true });
  const model = join(context.cacheFolder, 'decoding.gguf');
  const written = askPython<{ version: string }>('llama.cpp', [script('writeGguf.py'), request.folder, model]);
  if (written.found === null) return written;
  return askPeer('llama.cpp', process.execPath, [
    script('llamaDecode.mjs'),
    folder,
    model,
    ...numbersOf(context, request),
  ]);
}

/** Where two texts part, as a sentence; both begin after the prompt. */
export function compareIds(theirs: readonly number[], ours: readonly number[]): string {
  const at = theirs.findIndex((id, index) => id !== ours[index]);
  if (at >= 0) return `the text differs from ours at token ${at + 1} of ${theirs.length}`;
  return `the same ${theirs.length} tokens as ours`;
}
