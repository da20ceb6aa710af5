/** The demo checkpoint, from its real headers: complete for the drafter and for the target. */
import { openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Dtype, singleRank, type Tensor } from '../../../../electron/common/domain.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import { findingsOf } from '../../../../electron/engine/loading/findings/findings.ts';
import { verdictOf } from '../../../../electron/engine/loading/findings/verdict.ts';
import { planLoad, type TableKind } from '../../../../electron/engine/loading/loadPlan.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { allRanks } from './goldenCases.ts';

const folder = join(import.meta.dirname, '../../../../assets/demo-model');
const config = configFromJson(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')));

function headerOf(file: string): [string, { dtype: Dtype; shape: number[]; data_offsets: [number, number] }][] {
  const handle = openSync(join(folder, file), 'r');
  const length = Buffer.alloc(8);
  readSync(handle, length, 0, 8, 0);
  const header = Buffer.alloc(Number(length.readBigUInt64LE()));
  readSync(handle, header, 0, header.length, 8);
  return Object.entries<{ dtype: Dtype; shape: number[]; data_offsets: [number, number] }>(
    JSON.parse(header.toString('utf8')),
  ).filter(([name]) => name !== '__metadata__');
}

const tensors: Tensor[] = readdirSync(folder)
  .filter((file) => file.endsWith('.safetensors'))
  .sort()
  .flatMap((file, at) =>
    headerOf(file).map(([name, { dtype, shape, data_offsets }]) => ({
      name,
      dtype,
      shape,
      file: at,
      begin: data_offsets[0],
      end: data_offsets[1],
    })),
  );

function plan(kind: TableKind, options = {}) {
  const parallel = { ...singleRank, ...options };
  return planLoad({ tensors, config, parallel, placement: placeRank(config, parallel), kind });
}

describe('the demo checkpoint', () => {
  it('gives the drafter both MTP layers and nothing graver than notes', () => {
    const picture = allRanks(plan('drafter'));
    const findings = findingsOf(picture);
    expect(findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(verdictOf(picture, findings)).toMatchObject({
      level: 'good',
      sentence: 'Would load: 2 of 2 MTP layers complete.',
    });
  });

  it('gives the modules their own embedding and head', () => {
    const made = plan('drafterModules');
    expect(made.slots).toEqual({ never: [], twice: [] });
    const names = made.parameters.map(({ name }) => name);
    for (const layer of [4, 5]) {
      expect(names).toContain(`model.layers.${layer}.embed_tokens.weight`);
      expect(names).toContain(`model.layers.${layer}.shared_head.head.weight`);
    }
    expect(names).not.toContain('model.embed_tokens.weight');
  });

  it('gives the modules no table that the files do not hold', () => {
    const parallel = singleRank;
    const fewer = tensors.filter(({ name }) => !/^model\.layers\.5\.(embed_tokens|shared_head\.head)/.test(name));
    const made = planLoad({
      tensors: fewer,
      config,
      parallel,
      placement: placeRank(config, parallel),
      kind: 'drafterModules',
    });
    const names = made.parameters.map(({ name }) => name);
    expect(names).not.toContain('model.layers.5.embed_tokens.weight');
    expect(names).not.toContain('model.layers.5.shared_head.head.weight');
    expect(made.slots).toEqual({ never: [], twice: [] });
    expect(made.totals.error.tensors).toBe(0);
  });

  it('fills the target, which leaves exactly the MTP layers to the drafter', () => {
    const made = plan('target');
    expect(made.slots).toEqual({ never: [], twice: [] });
    expect(made.neverLoaded).toEqual([]);
    const skipped = tensors.filter((_, index) => made.columns.outcome[index] === 1);
    expect(skipped).toEqual(tensors.filter(({ name }) => /^model\.layers\.[45]\./.test(name)));
  });

  it.each([2, 4])('is complete on every rank of %i with expert parallelism', (tensorParallelSize) => {
    for (let rank = 0; rank < tensorParallelSize; rank++)
      for (const kind of ['drafter', 'target'] as const) {
        const made = plan(kind, { tensorParallelSize, enableExpertParallel: true, rank });
        expect(made.slots).toEqual({ never: [], twice: [] });
        expect(made.strictCheckRaises).toBe(false);
      }
  });
});
