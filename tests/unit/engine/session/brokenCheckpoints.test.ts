/** Faults of real bug reports, from the folder to the verdict: level, codes, and what the exit code follows from. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Plan } from '../../../../electron/common/contract.ts';
import { type ParallelConfig, singleRank } from '../../../../electron/common/domain.ts';
import { Session } from '../../../../electron/engine/session/session.ts';
import {
  type BrokenOptions,
  brokenCheckpoint,
  damage,
  renamed,
  reshaped,
  without,
} from '../../../support/brokenCheckpoints.ts';
import { brokenCases, mtp } from './brokenCases.ts';

const session = new Session({ addonPath: '', version: '', emit: () => undefined, emitStep: () => undefined });

async function planOf(options: BrokenOptions, parallel: Partial<ParallelConfig> = {}): Promise<Plan> {
  const opened = await session.open(brokenCheckpoint(options));
  if (!opened.ok) throw new Error(opened.failure.message);
  return session.makePlan({ ...singleRank, ...parallel });
}

describe('checkpoints from bug reports', () => {
  afterEach(() => session.close());

  it.each(brokenCases)('%s', async (_, options, level, codes, sentence = /\.$/) => {
    const { verdict, findings } = await planOf(options);
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(codes));
    expect({ level: verdict.level, sentence: verdict.sentence }).toEqual({
      level,
      sentence: expect.stringMatching(sentence),
    });
    const grave = findings.filter(({ severity }) => severity === 'blocker' || severity === 'silent');
    expect(grave.length > 0).toBe(level !== 'good');
  });

  it('an index without any of its files gives one finding for all of them, and the names are still judged', async () => {
    const stripped = await planOf({ fp8: true, change: without(mtp), after: damage.remove('model.safetensors') });
    const codes = stripped.findings.map(({ code }) => code);
    expect(codes.filter((code) => code.startsWith('shard'))).toEqual(['shardsAbsent']);
    expect(codes).toContain('noMtpTensors');
  });

  it('names of the index without a tensor are told by the parameters that they leave unfilled', async () => {
    const { verdict, findings } = await planOf({
      fp8: true,
      change: without(/layers\.1\.mlp\.experts\.2\.up_proj\.weight$/),
      weightMap: (map) => ({ ...map, 'model.layers.1.mlp.experts.2.up_proj.weight': 'model.safetensors' }),
    });
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['tensorMissing', 'partlyFilled']));
    expect(verdict.sentence).toMatch(/^Would start and draft from memory that nobody wrote: 1 parameter of layer 1 /);
  });

  it('ranks that hold nothing but redundant experts are told from those whose experts are all there', async () => {
    const { verdict, findings } = await planOf(
      {},
      { dataParallelSize: 4, enableExpertParallel: true, enableEplb: true, numRedundantExperts: 4 },
    );
    expect(verdict.sentence).toContain('1 of 1 MTP layer complete on ranks 0 to 1 of 4 and 0 on the others');
    expect(findings.find(({ code }) => code === 'neverFilled')?.hint).toMatch(/^Redundant expert slots/);
  });

  it('copies of embedding and head under names that nobody reads are named as candidates', async () => {
    const { findings } = await planOf({
      fp8: true,
      change: (all) =>
        renamed(
          /^model\.layers\.1\.embed_tokens/,
          'embed',
        )(renamed(/^model\.layers\.1\.shared_head\.head/, 'head')(all)),
    });
    const absent = findings.find(({ code }) => code === 'sharedCopiesAbsent');
    expect(absent?.sentence).toContain('embed.weight and head.weight have the shape of one');
    expect(absent?.evidence.map(({ text }) => text)).toContain('candidate source: head.weight');
  });

  it('copies that are there and refused are not said to be absent', async () => {
    const { findings } = await planOf({ config: { vocab_size: 60 } });
    const codes = findings.map(({ code }) => code);
    expect(codes).toContain('shapeRefused');
    expect(codes).not.toContain('sharedCopiesAbsent');
  });

  it('a part of a fused scale without room shows offset, size and rows there', async () => {
    // 32 rows and 64 + 32 rows: a block each, and one block for both together.
    const { findings } = await planOf({
      fp8: true,
      config: { q_lora_rank: 32 },
      change: (all) =>
        reshaped(/q_a_layernorm/, { shape: [32] })(
          reshaped(/q_a_proj\.weight$/, { shape: [32, 128] })(reshaped(/q_b_proj\.weight$/, { shape: [128, 32] })(all)),
        ),
    });
    expect(findings.find(({ code }) => code === 'shapeRefused')?.sentence).toContain(
      'part 1 goes to row 1 = 32 rows / 128 rounded up and needs 1 = 96 rows / 128 rounded up, but the fused parameter has 1 = 128 rows / 128 rounded up: 1 + 1 > 1',
    );
  });

  it('a set-up that the target alone cannot have is a blocker that names the rank and the sizes', async () => {
    const change = reshaped(/layers\.0\.mlp\.(gate|up)_proj/, { shape: [129, 128] });
    const options = {
      change: (all: Parameters<typeof change>[0]) =>
        reshaped(/layers\.0\.mlp\.down_proj/, { shape: [128, 129] })(change(all)),
      config: { intermediate_size: 129 },
    };
    expect((await planOf(options)).verdict.level).toBe('good');
    const { findings, verdict } = await planOf(options, { tensorParallelSize: 2 });
    expect(verdict.level).toBe('blocked');
    expect(findings.find(({ code }) => code === 'targetWouldFail')?.sentence).toMatch(/on rank 0 of 2 with \w+: .*129/);
  });

  it('a set-up that only some ranks survive names them', async () => {
    const { verdict, findings } = await planOf(
      { change: without(/layers\.1\.mlp\.experts\.3\.up_proj/) },
      { tensorParallelSize: 2, enableExpertParallel: true },
    );
    expect(verdict.level).toBe('silent');
    expect(findings.find(({ code }) => code === 'partlyFilled')?.sentence).toContain('on rank 1 of 2');
  });

  it.each([
    [1, null],
    [2, null],
    [4, null],
    [3, '3 = 1 x 2 + 1'],
    [7, '7 = 3 x 2 + 1'],
  ])('%i drafts a step from 2 MTP layers: %s', async (numSpeculativeTokens, arithmetic) => {
    const options = { fp8: true, config: { num_nextn_predict_layers: 2 } };
    const { findings } = await planOf(options, { numSpeculativeTokens });
    const found = findings.find(({ code }) => code === 'draftCountRefused');
    if (arithmetic === null) expect(found).toBeUndefined();
    else expect(found).toMatchObject({ severity: 'blocker', sentence: expect.stringContaining(arithmetic) });
  });

  it('a count of MTP layers that is text is told as that, not as a promise of none', async () => {
    const { findings } = await planOf({ config: { num_nextn_predict_layers: '1' } });
    expect(findings.find(({ code }) => code === 'cannotBuild')?.sentence).toContain('but it is "1"');
    expect(findings.map(({ code }) => code)).not.toContain('moreMtpLayers');
  });

  it.each<[RegExp, RegExp]>([
    [/^lm_head/, /misses data for lm_head\.weight\.$/],
    [/^lm_head|^model\.norm/, /misses data for 2 parameters, model\.norm\.weight first\.$/],
  ])('the target without %s is told in the words of its number', async (pattern, sentence) => {
    const { findings } = await planOf({ fp8: true, change: without(pattern) });
    expect(findings.find(({ code }) => code === 'targetIncomplete')?.sentence).toMatch(sentence);
  });

  it('ranks that fail alike are one finding, each with its own number in the evidence', async () => {
    const { findings } = await planOf(
      { config: { n_group: 2 } },
      {
        tensorParallelSize: 2,
        dataParallelSize: 4,
        enableExpertParallel: true,
        expertPlacementStrategy: 'roundRobin',
        all2allBackend: 'deepep_low_latency',
      },
    );
    const found = findings.filter(({ code }) => code === 'cannotBuild');
    expect(found).toMatchObject([
      { sentence: expect.stringContaining('on ranks 5 to 7 of 8 and raises RuntimeError') },
    ]);
    expect(found[0]?.evidence.map(({ text }) => text)).toEqual(
      [5, 6, 7].map((rank) => expect.stringMatching(`^Rank ${rank}: .* expert ${rank}`)),
    );
  });

  it('a healthy one is said to be so for all ranks', async () => {
    const { verdict } = await planOf({}, { tensorParallelSize: 2, dataParallelSize: 2, enableExpertParallel: true });
    expect(verdict).toMatchObject({ level: 'good', sentence: 'Would load: 1 of 1 MTP layer complete on all 4 ranks.' });
  });
});
