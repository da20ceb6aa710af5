/** Runs a peer's program, which prints its answer as JSON on its last line. */
import { execFileSync } from 'node:child_process';

/** What it printed, or one sentence that says why there is nothing. */
export type PeerAnswer<T> = { readonly found: T } | { readonly found: null; readonly note: string };

/** @param name as it is shown, also in the sentence of a failure */
export function askPeer<T>(name: string, program: string, args: readonly string[]): PeerAnswer<T> {
  try {
    const output = execFileSync(program, args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 });
    return { found: JSON.parse(output.trim().split('\n').at(-1) ?? '') as T };
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || String(error);
    return { found: null, note: `${name} could not be run: ${reason}` };
  }
}

/** The interpreter that BENCH_PYTHON names. */
export function askPython<T>(name: string, args: readonly string[]): PeerAnswer<T> {
  const python = process.env.BENCH_PYTHON;
  if (python === undefined) return { found: null, note: `${name} was not run: BENCH_PYTHON is not set.` };
  return askPeer(name, python, args);
}
