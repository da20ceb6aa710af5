/** hf_quant_config.json takes the place of an absent quantization_config, and of no other. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { brokenCheckpoint } from '../../../support/brokenCheckpoints.ts';
import { makeFolder, writeJson } from '../../../support/checkpointFolder.ts';
import { cliRun } from '../../../support/cliRun.ts';

const fileName = 'hf_quant_config.json';
const modelopt = (algorithm: string | null, exclude: readonly string[]) => ({
  producer: { name: 'modelopt', version: '0.29.0' },
  quantization: { quant_algo: algorithm, group_size: 16, exclude_modules: exclude },
});

function folderWith(content: unknown, config: Record<string, unknown> = {}): string {
  return brokenCheckpoint({ config, after: (folder) => writeJson(folder, fileName, content) });
}

async function checked(path: string) {
  const { code, out } = await cliRun('check', path, '--json');
  const { findings } = JSON.parse(out) as { findings: { code: string; sentence: string; evidence: string[] }[] };
  return { code, find: (wanted: string) => findings.find((finding) => finding.code === wanted) };
}

describe('hf_quant_config.json', () => {
  it.each([
    ['NVFP4', 'modelopt_fp4'],
    ['nvfp4', 'modelopt_fp4'],
    ['FP8', 'modelopt'],
  ])('with the algorithm %s declares %s', async (algorithm, declared) => {
    const { config } = await openCheckpoint(folderWith(modelopt(algorithm, [])));
    expect(config.quantization).toMatchObject({ method: 'other', declared });
    expect(config.quantizationFile).toBe(fileName);
  });

  it('says nothing beside a quantization_config, and its absence says nothing', async () => {
    const own = { quantization_config: { quant_method: 'fp8', weight_block_size: [128, 128] } };
    const { config } = await openCheckpoint(folderWith(modelopt('NVFP4', []), own));
    expect(config.quantization.method).toBe('fp8Block');
    expect(config.quantizationFile).toBeUndefined();
    expect((await openCheckpoint(brokenCheckpoint())).config.quantization.method).toBe('none');
  });

  it.each([
    ['no JSON', 'is not a JSON object'],
    ['version https://git-lfs.github.com/spec/v1', 'is a Git LFS pointer'],
    ['[1]', 'is not a JSON object'],
  ])('that reads "%s" is a problem, and the rest opens', async (text, what) => {
    const folder = brokenCheckpoint({ after: (at) => writeFileSync(join(at, fileName), text) });
    const { problems, tensors } = await openCheckpoint(folder);
    expect(problems).toMatchObject([{ code: 'configUnreadable', message: expect.stringContaining(what) }]);
    expect(tensors.length).toBeGreaterThan(0);
  });

  it('leaves the MTP layer out by a glob', async () => {
    const { code, find } = await checked(folderWith(modelopt('NVFP4', ['lm_head', 'model.layers.1*'])));
    expect(find('packedExpected')).toBeUndefined();
    const told = find('quantizationNotModelled');
    expect(told?.sentence).toContain(`the reference reads ${fileName}`);
    expect(told?.evidence).toContainEqual(expect.stringMatching(/^model\.layers\.1\*: matches 20 MTP modules/));
    expect(code).toBe(0);
  });

  it('that misses the MTP layer is a blocker which names file, globs and modules, from a headers file too', async () => {
    const folder = folderWith(modelopt('NVFP4', ['lm_head', 'mtp.layers.0*', 'model.layers.0.self_attn*']));
    const headers = join(makeFolder(), 'x.headers');
    expect((await cliRun('headers', folder, '--out', headers)).code).toBe(0);
    for (const path of [folder, headers]) {
      const { code, find } = await checked(path);
      expect(code).toBe(1);
      expect(find('packedExpected')?.sentence).toContain(
        `none of the 3 entries of exclude_modules in ${fileName} matches them`,
      );
      expect(find('ignoreListMisses')?.sentence).toContain('mtp.layers.0* does not match model.layers.1.self_attn');
    }
  });
});
