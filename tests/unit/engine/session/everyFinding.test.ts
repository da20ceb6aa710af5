/** One code a file, and for every code a checkpoint that triggers it and one that does not. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../../electron/common/contract.ts';
import { type ParallelConfig, singleRank } from '../../../../electron/common/domain.ts';
import { fileCodes } from '../../../../electron/engine/loading/findings/verdict.ts';
import { Session } from '../../../../electron/engine/session/session.ts';
import {
  added,
  type BrokenOptions,
  brokenCheckpoint,
  damage,
  reshaped,
  without,
} from '../../../support/brokenCheckpoints.ts';
import { makeFolder } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';
import { valued } from '../../../support/valueFixtures.ts';
import { triggers } from '../loading/findingFixtures.ts';

const engine = join(import.meta.dirname, '../../../../electron/engine');
const folders = ['loading/findings', 'session/findings', 'session/findings/values'];

/** File name without its ending -> the codes that its text gives to findings. */
function codesOfFiles(): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>();
  for (const folder of folders)
    for (const file of readdirSync(join(engine, folder)).filter((name) => name.endsWith('.ts'))) {
      const text = readFileSync(join(engine, folder, file), 'utf8');
      const found = new Set([...text.matchAll(/\bcode: '(\w+)'/g)].map(([, code]) => code ?? ''));
      if (found.size > 0) codes.set(basename(file, '.ts'), found);
    }
  return codes;
}

/** Failures that the opening meets, goes on after and hands over as findings. */
const problemCodes = [...fileCodes, 'tensorMissing'];

const mtp = /^model\.layers\.1\./;
const fp8: BrokenOptions = { fp8: true, change: valued() };
const odd = (pattern: RegExp, value: number): BrokenOptions => ({ change: valued(pattern, () => value) });

/** Checkpoints for the codes that need files: values, the index, the target. */
const ofFiles: readonly [string, BrokenOptions, Partial<ParallelConfig>?][] = [
  ['anotherFamily', { config: { model_type: 'glm4_moe' } }],
  ['packedExpected', { config: { quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4' } } }],
  ['quantizationNotModelled', { config: { quantization_config: { quant_method: 'awq', bits: 4 } } }],
  [
    'ignoreListMisses',
    { config: { quantization_config: { quant_method: 'modelopt', quant_algo: 'NVFP4', ignore: ['mtp.layers.0*'] } } },
  ],
  [
    'ignoreListLayer',
    { config: { quantization_config: { quant_method: 'fp8', ignored_layers: ['model.layers.61.eh_proj'] } } },
  ],
  ['targetWouldFail', { change: added({ name: 'model.layers.0.mystery.weight', shape: [4] }) }],
  ['targetIncomplete', { change: without(/layers\.0\.mlp\.up_proj/) }],
  ['draftCountRefused', { config: { num_nextn_predict_layers: 2 } }, { numSpeculativeTokens: 3 }],
  ['unlistedFile', { fp8: true, after: damage.addFile('side.safetensors', [{ name: 'x.weight', shape: [1] }]) }],
  [
    'filesBeside',
    {
      after: (folder) => {
        damage.remove('model.safetensors.index.json')(folder);
        damage.addFile('recorded.safetensors', [{ name: 'main.hidden', shape: [1] }])(folder);
      },
    },
  ],
  ['configDefaults', { config: { n_group: undefined } }],
  ['dtypeUnknown', { fp8: true, change: reshaped(/hnorm/, { dtypeName: 'F4' }) }],
  ['tensorsOutsideIndex', { weightMap: ({ 'lm_head.weight': _omitted, ...map }) => map }],
  ['totalSizeDiffers', { after: damage.totalSize(5) }],
  ['tensorMissing', { weightMap: (map) => ({ ...map, 'model.layers.1.x.weight': 'model.safetensors' }) }],
  ['unsafeName', { weightMap: (map) => ({ ...map, 'model.layers.1.x.weight': '../x.safetensors' }) }],
  ['indexUnreadable', { after: damage.brokenIndex }],
  ['shardMissing', { mtpFile: true, after: damage.remove('mtp.safetensors') }],
  ['shardsAbsent', { after: damage.remove('model.safetensors') }],
  ['shardTruncated', { mtpFile: true, after: damage.truncate }],
  [
    'headerInvalid',
    { mtpFile: true, after: (folder) => writeFileSync(join(folder, 'mtp.safetensors'), 'no header at all') },
  ],
  ['readFailed', { mtpFile: true, after: damage.replaceByFolder('mtp.safetensors') }],
  ['nonFiniteValues', odd(/eh_proj/, Number.NaN)],
  ['allZero', odd(/hnorm/, 0)],
  ['constantValues', odd(/eh_proj/, 0.5)],
  ['normsAtOne', odd(/enorm/, 1)],
  ['scalesOutOfRange', { fp8: true, change: valued(/layers\.1\..*o_proj\.weight_scale_inv/, () => 2 ** 70) }],
  ['zeroFiles', odd(/./, 0)],
  ['sharedCopiesDiffer', odd(/shared_head\.head/, 0.5)],
  ['sharedCopiesIdentical', { change: valued() }],
  [
    'sharedCopiesNoDifference',
    {
      config: { vocab_size: 1200 },
      change: (all) => valued()(reshaped(/embed_tokens|lm_head|shared_head\.head/, { shape: [1200, 128] })(all)),
    },
  ],
  [
    'valuesSampled',
    {
      config: { vocab_size: 1200 },
      change: (all) => valued()(reshaped(/embed_tokens|lm_head|shared_head\.head/, { shape: [1200, 128] })(all)),
    },
  ],
];

/** Found in other ways than by opening a folder and waiting. */
const elsewhere = ['valuesAbsent', 'valuesNotRead'];

/** A checkpoint as it should be says these of itself; others must not. */
const notOfHealthy: Record<string, BrokenOptions> = {
  resaveLoses: { fp8: true, change: without(mtp) },
  sharedCopiesUnused: { fp8: true, change: without(mtp) },
  sharedCopiesIdentical: { fp8: true, change: without(mtp) },
};

const session = new Session({ addonPath: '', version: '', emit: () => undefined, emitStep: () => undefined });

async function findingsOf(options: BrokenOptions, parallel: Partial<ParallelConfig> = {}): Promise<readonly Finding[]> {
  const opened = await session.open(brokenCheckpoint(options));
  if (!opened.ok) throw new Error(opened.failure.message);
  session.makePlan({ ...singleRank, ...parallel });
  return (await session.checkValues()).findings;
}

const codesIn = async (...from: Parameters<typeof findingsOf>) => (await findingsOf(...from)).map(({ code }) => code);

describe('the files of findings', () => {
  it('give one code each, and are named after it', () => {
    const files = [...codesOfFiles()];
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter(([file, codes]) => codes.size !== 1 || !codes.has(file))).toEqual([]);
  });

  it('have, each of them, a checkpoint that triggers their code', () => {
    const tried = new Set([...triggers.map(([code]) => code), ...ofFiles.map(([code]) => code), ...elsewhere]);
    const all = [...[...codesOfFiles().values()].flatMap((codes) => [...codes]), ...problemCodes];
    expect(all.filter((code) => !tried.has(code))).toEqual([]);
    expect([...tried].filter((code) => !all.includes(code))).toEqual([]);
  });
});

describe('a finding about files', () => {
  afterEach(() => session.close());

  it.each(ofFiles)('%s is made when it should be', async (code, ...from) => {
    expect(await codesIn(...from)).toContain(code);
  });

  it('is not made for a checkpoint as it should be', async () => {
    const healthy = [...(await codesIn({ change: valued() })), ...(await codesIn(fp8))];
    const all = [...[...codesOfFiles().values()].flatMap((codes) => [...codes]), ...problemCodes];
    expect(all.filter((code) => healthy.includes(code)).sort()).toEqual(Object.keys(notOfHealthy).sort());
  });

  it.each(Object.entries(notOfHealthy))('%s is not made where there is no copy or layer', async (code, options) => {
    expect(await codesIn(options)).not.toContain(code);
  });

  it('valuesAbsent is made for headers alone', async () => {
    const file = join(makeFolder(), 'x.headers');
    const folder = brokenCheckpoint(fp8);
    expect((await cliRun('headers', folder, '--out', file)).code).toBe(0);
    const { out } = await cliRun('check', file, '--json');
    expect(JSON.parse(out).findings.map(({ code }: Finding) => code)).toContain('valuesAbsent');
  });

  it('valuesNotRead is made for a file that vanished after it was opened', async () => {
    const folder = brokenCheckpoint({ mtpFile: true, change: valued() });
    await session.open(folder);
    damage.remove('mtp.safetensors')(folder);
    expect((await session.checkValues()).findings.map(({ code }) => code)).toContain('valuesNotRead');
  });
});
