/** Ctrl-C: what runs is stopped, half-written files go, the process ends by itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../electron/cli/runCli.ts';
import { inRoot } from '../../scripts/project.mjs';
import { makeFolder } from '../support/checkpointFolder.ts';

const demo = inRoot('assets/demo-model');
const long = ['--max-tokens=1900', '--num-speculative-tokens=0'];

describe('the command line when it is interrupted', () => {
  it.skipIf(process.platform === 'win32')('ends with 130 after a signal, without the result', async () => {
    // With ranks that do not matter it says so just before it decodes.
    const args = ['generate', demo, '--prompt=And', '-tp=2', ...long];
    const child = spawn(process.execPath, [inRoot('out/cli/cli.js'), ...args], { timeout: 60_000 });
    let words = '';
    let result = '';
    child.stdout.on('data', (data) => {
      result += data;
    });
    child.stderr.on('data', (data) => {
      words += data;
      // A second one would end it at once.
      if (words.includes('note:') && !child.killed) child.kill('SIGINT');
    });
    expect(await once(child, 'exit')).toEqual([130, null]);
    // Nor what it had decoded until then.
    expect(result).toBe('');
    expect(words).toContain('draftscope: Stopped.');
  });

  it.each([
    ['generate', ['--prompt=And', ...long]],
    ['load', []],
    ['check', ['--read-all']],
  ])('%s stops wherever it is', async (command, more) => {
    for (const millis of [0, 20, 100]) {
      const interruption = new AbortController();
      setTimeout(() => interruption.abort(), millis);
      let result = '';
      const code = await runCli([command, demo, ...more], {
        result: (text) => {
          result += text;
        },
        note: () => undefined,
        interactive: false,
        interrupted: interruption.signal,
      });
      // A short command may be through before it is interrupted.
      expect(code === 130 ? result : '').toBe('');
      if (command === 'generate' || millis === 0) expect(code).toBe(130);
    }
  });

  it('forward leaves no half-written file', async () => {
    const folder = makeFolder();
    const interruption = new AbortController();
    const ids = Array.from({ length: 2000 }, (_, at) => at % 2000).join(',');
    setTimeout(() => interruption.abort(), 300);
    const code = await runCli(['forward', demo, `--ids=${ids}`, `--out=${join(folder, 'out.safetensors')}`], {
      result: () => undefined,
      note: () => undefined,
      interactive: false,
      interrupted: interruption.signal,
    });
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });
});
