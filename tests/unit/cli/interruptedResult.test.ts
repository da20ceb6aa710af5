import { describe, expect, it } from 'vitest';
import { type CliOutput, printFailure, printResult } from '../../../electron/cli/cliOutput.ts';

function outputThat(isInterrupted: boolean): { output: CliOutput; written: string[] } {
  const written: string[] = [];
  const result = (text: string) => {
    written.push(text);
  };
  const interruption = new AbortController();
  if (isInterrupted) interruption.abort();
  return { output: { result, note: () => undefined, interactive: false, interrupted: interruption.signal }, written };
}

describe('standard output of a command', () => {
  it('gets the result', async () => {
    const { output, written } = outputThat(false);
    await printResult(output, 'In the beginning\n');
    expect(written).toEqual(['In the beginning\n']);
  });

  it.each(['half a text\n', { output_ids: [1] }])('gets nothing of what a stopped run got to: %j', async (value) => {
    const { output, written } = outputThat(true);
    await expect(printResult(output, value)).rejects.toMatchObject({ failure: { code: 'cancelled' } });
    expect(written).toEqual([]);
  });

  it('is still told why, where a program reads it', async () => {
    const { output, written } = outputThat(true);
    await printFailure(output, { failure: { code: 'cancelled' } });
    expect(written.join('')).toBe('{"failure":{"code":"cancelled"}}\n');
  });
});
