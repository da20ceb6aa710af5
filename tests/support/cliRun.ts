/** Runs the command line in this process. */
import { runCli } from '../../electron/cli/runCli.ts';

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function cliRun(...argv: string[]): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(argv, {
    result: (text) => void out.push(text),
    note: (text) => void err.push(text),
    interactive: false,
  });
  return { code, out: out.join(''), err: err.join('') };
}
