/** A headers file says what its folder says, and nothing in it is believed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { reference } from '../../../electron/common/domain.ts';
import { makeFolder } from '../../support/checkpointFolder.ts';
import { cliRun } from '../../support/cliRun.ts';

const demo = fileURLToPath(new URL('../../../assets/demo-model', import.meta.url));

async function written(): Promise<string> {
  const out = join(makeFolder(), 'demo.headers');
  const { code, out: told } = await cliRun('headers', demo, '--out', out, '--json');
  expect(code).toBe(0);
  expect(JSON.parse(told)).toMatchObject({
    out,
    reference,
    newer_versions: [expect.any(String), expect.any(String), expect.any(String)],
  });
  return out;
}

/** The headers file with changes to its JSON. */
async function changed(change: (given: Record<string, unknown>) => void): Promise<string> {
  const out = await written();
  const given = JSON.parse(gunzipSync(readFileSync(out)).toString('utf8')) as Record<string, unknown>;
  change(given);
  writeFileSync(out, gzipSync(JSON.stringify(given)));
  return out;
}

describe('headers', () => {
  it('writes what check, plan and explain need', async () => {
    const out = await written();
    const options = ['--json', '-tp', '2', '-ep', '--rank=1'];
    for (const command of [['plan'], ['explain', 'model.layers.4.mlp.experts.9.up_proj.weight']]) {
      const [verb = '', ...rest] = command;
      const ofFolder = await cliRun(verb, demo, ...rest, ...options);
      const ofFile = await cliRun(verb, out, ...rest, ...options);
      expect(ofFile).toEqual(ofFolder);
    }
    const [ofFolder, ofFile] = await Promise.all([demo, out].map((path) => cliRun('check', path, ...options)));
    const codes = (run = '{}') => JSON.parse(run).findings.map(({ code }: { code: string }) => code);
    // Values lie in the folder alone: all else is the same.
    const ofValues = ['normsAtOne', 'sharedCopiesNoDifference', 'valuesSampled'];
    expect(codes(ofFolder?.out)).toEqual(expect.arrayContaining(ofValues));
    const structural = codes(ofFolder?.out).filter((code: string) => !ofValues.includes(code));
    expect(codes(ofFile?.out)).toEqual([...structural, 'valuesAbsent']);
    expect(ofFile?.code).toBe(0);
  });

  it('has no weights: load, generate and forward refuse in one sentence', async () => {
    const out = await written();
    for (const args of [
      ['load', out],
      ['generate', out, '--prompt-ids', '1,2'],
      ['forward', out, '--ids', '1,2', '--out', join(makeFolder(), 'x.safetensors')],
    ]) {
      const { code, err } = await cliRun(...args);
      expect(code).toBe(2);
      expect(err).toMatch(/headers file: .* without its weights/);
    }
  });

  it('names no path of the machine that wrote it', async () => {
    const text = gunzipSync(readFileSync(await written())).toString('utf8');
    expect(text).not.toContain(demo);
  });

  it('wants an out file that is not in the checkpoint', async () => {
    expect((await cliRun('headers', demo)).err).toContain('--out');
    const inside = join(demo, 'x.headers');
    expect((await cliRun('headers', demo, '--out', inside)).code).toBe(2);
    expect(existsSync(inside)).toBe(false);
    expect((await cliRun('headers', demo, '--out', join(makeFolder(), 'no', 'x'))).code).toBe(2);
  });

  const columnsOf = (given: Record<string, unknown>) => given.tensors as Record<string, unknown[]>;
  it.each<[string, (given: Record<string, unknown>) => void]>([
    [
      'another format',
      (given) => {
        given.format = 'zip';
      },
    ],
    [
      'a later version',
      (given) => {
        given.version = 2;
      },
    ],
    [
      'no tensors',
      (given) => {
        given.tensors = undefined;
      },
    ],
    [
      'a column too short',
      (given) => {
        columnsOf(given).begin?.pop();
      },
    ],
    [
      'a file that is not there',
      (given) => {
        columnsOf(given).file?.splice(0, 1, 99);
      },
    ],
    [
      'a shape that is not there',
      (given) => {
        columnsOf(given).shape?.splice(0, 1, 9999);
      },
    ],
    [
      'a size beyond counting',
      (given) => {
        (given.shapes as number[][]).splice(0, 1, [2 ** 40, 2 ** 40]);
      },
    ],
    [
      'a negative size',
      (given) => {
        (given.shapes as number[][]).splice(0, 1, [-1]);
      },
    ],
    [
      'a name that is no text',
      (given) => {
        columnsOf(given).name?.splice(0, 1, 7);
      },
    ],
    [
      'a config that is none',
      (given) => {
        given.config = [];
      },
    ],
  ])('refuses %s in one line', async (_, change) => {
    const { code, out, err } = await cliRun('check', await changed(change));
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(/^draftscope: The headers file .*\n.*\n$/);
  });

  it('refuses a gzip file of something else, and one cut short', async () => {
    const path = join(makeFolder(), 'x.gz');
    for (const bytes of [gzipSync('hello'), readFileSync(await written()).subarray(0, 200)]) {
      writeFileSync(path, bytes);
      expect((await cliRun('plan', path)).err).toMatch(/The headers file is damaged, or is not one/);
    }
  });
});
