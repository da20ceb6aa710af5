import { afterEach, describe, expect, it, vi } from 'vitest';
import { askPeer, askPython } from '../../../bench/peers/askPeer.ts';
import { compareIds, llamaDecodes } from '../../../bench/peers/decoders.ts';

afterEach(() => vi.unstubAllEnvs());

describe('the peers of the benchmark', () => {
  it('read the last line a program prints', () => {
    const program = 'console.log("noise"); console.log(JSON.stringify({ version: "1" }))';
    expect(askPeer('Peer', process.execPath, ['-e', program])).toEqual({ found: { version: '1' } });
  });

  it('say why a program gave nothing', () => {
    const failing = askPeer('Peer', process.execPath, [
      '-e',
      'console.error("first\\nno such module"); process.exit(1)',
    ]);
    expect(failing).toEqual({ found: null, note: 'Peer could not be run: no such module' });
    const absent = askPeer('Peer', '/nowhere/python', []);
    expect(absent).toMatchObject({ found: null, note: expect.stringContaining('ENOENT') });
  });

  it('are left out with a reason where the machine has none', () => {
    vi.stubEnv('BENCH_PYTHON', undefined);
    vi.stubEnv('BENCH_LLAMA', undefined);
    expect(askPython('transformers', [])).toEqual({
      found: null,
      note: 'transformers was not run: BENCH_PYTHON is not set.',
    });
    const context = { runs: 5, cacheFolder: '/nowhere', say: () => undefined };
    const request = { folder: '/nowhere', promptIds: [0], newTokens: 1, threads: 1 };
    expect(llamaDecodes(context, request)).toEqual({
      found: null,
      note: 'llama.cpp was not run: BENCH_LLAMA is not set.',
    });
  });

  it('are compared with our text token by token', () => {
    expect(compareIds([4, 5, 6], [4, 5, 6])).toBe('the same 3 tokens as ours');
    expect(compareIds([4, 5, 7], [4, 5, 6])).toBe('the text differs from ours at token 3 of 3');
    expect(compareIds([4, 5, 6], [4, 5])).toBe('the text differs from ours at token 3 of 3');
  });
});
