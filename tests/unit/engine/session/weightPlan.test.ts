import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { dtypeBytes, type ParallelConfig, singleRank } from '../../../../electron/common/domain.ts';
import { type Checkpoint, openCheckpoint } from '../../../../electron/engine/checkpoint/openCheckpoint.ts';
import { planLoad } from '../../../../electron/engine/loading/loadPlan.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { planView } from '../../../../electron/engine/session/planView.ts';
import { planWeights } from '../../../../electron/engine/session/weightPlan.ts';

const demo = fileURLToPath(new URL('../../../../assets/demo-model', import.meta.url));
let checkpoint: Checkpoint;
beforeAll(async () => {
  checkpoint = await openCheckpoint(demo);
});

function planFor(parallel: Partial<ParallelConfig> = {}, of: Checkpoint = checkpoint) {
  const full = { ...singleRank, ...parallel };
  return planLoad({
    tensors: of.tensors,
    config: of.config,
    parallel: full,
    placement: placeRank(of.config, full),
    kind: 'drafter',
  });
}

const byId = (plan: ReturnType<typeof planWeights>) => new Map(plan.groups.map((group) => [group.id, group]));

describe('planWeights', () => {
  it('reads every byte of the demo checkpoint once for a single rank', () => {
    const plan = planWeights(checkpoint, planFor());
    const bytesOf = (at: number) => {
      const tensor = checkpoint.tensors[at];
      return tensor === undefined ? 0 : tensor.end - tensor.begin;
    };
    const read = new Map<number, number>();
    plan.items.forEach((item, at) => {
      const tensor = plan.tensorOfItem[at] as number;
      expect(item.broadcastCols).toBe(false);
      read.set(tensor, (read.get(tensor) ?? 0) + item.rows * item.cols * dtypeBytes[item.srcDtype]);
    });
    expect(read.size).toBe(checkpoint.tensors.length);
    for (const [tensor, bytes] of read) expect(bytes).toBe(bytesOf(tensor));
    // The second MTP layer's own embedding is dropped by the reference and used by the predictor `modules`.
    expect(byId(plan).get('modulesOnly')).toMatchObject({ tensors: 1, bytes: 2048 * 256 * 2 });
    const total = plan.groups.reduce((sum, group) => sum + group.tensors, 0);
    expect(total).toBe(checkpoint.tensors.length);
  });

  it('keeps every rectangle inside its file and its parameter, on every rank', () => {
    for (let rank = 0; rank < 4; rank++) {
      const parallel = { tensorParallelSize: 4, enableExpertParallel: true, rank };
      const plan = planWeights(checkpoint, planFor(parallel));
      for (const item of plan.items) {
        const parameter = plan.parameters[item.parameter];
        const numel = parameter?.shape.reduce((product, size) => product * size, 1) ?? 0;
        expect(item.dstOffset + (item.rows - 1) * item.dstStride + item.cols).toBeLessThanOrEqual(numel);
        const end = item.fileOffset + (item.rows - 1) * item.srcRowBytes + item.cols * dtypeBytes[item.srcDtype];
        expect(end).toBeLessThanOrEqual(plan.files[item.file]?.expectedBytes ?? 0);
      }
      // Of two MTP layers and three of the target, 3 x 4 tensors of routed experts stay; the rest are other ranks'.
      expect(byId(plan).get('skip:expert_not_on_this_rank')?.tensors).toBe((2 + 3) * 3 * 12);
    }
  });

  it('refuses a checkpoint with a problem, and a plan that would fail', () => {
    const problem = { code: 'shardMissing', message: 'x is not there.', hint: 'get it' } as const;
    expect(() => planWeights({ ...checkpoint, problems: [problem] }, planFor())).toThrow(/x is not there/);
    const odd = { ...checkpoint, tensors: checkpoint.tensors.map((tensor) => ({ ...tensor })) };
    odd.tensors[odd.tensors.length - 1] = {
      ...(odd.tensors.at(-1) as (typeof odd.tensors)[0]),
      name: 'model.layers.5.odd',
    };
    expect(() => planWeights(odd, planFor({}, odd))).toThrow(/KeyError at model\.layers\.5\.odd/);
  });

  it.each(['model.norm.weight', 'model.layers.1.self_attn.o_proj.weight', 'model.layers.5.enorm.weight'])(
    'refuses a checkpoint without %s',
    (name) => {
      const short = { ...checkpoint, tensors: checkpoint.tensors.filter((tensor) => tensor.name !== name) };
      expect(() => planWeights(short, planFor({}, short))).toThrow(
        /raises ValueError: no tensor of the checkpoint fills/,
      );
    },
  );

  it('tells the parameters that are filled in part', () => {
    const name = 'model.layers.5.mlp.experts.3.down_proj.weight';
    const short = { ...checkpoint, tensors: checkpoint.tensors.filter((tensor) => tensor.name !== name) };
    const { unfilled } = planWeights(short, planFor({}, short));
    expect(unfilled).toEqual({ target: [], drafter: ['model.layers.5.mtp_block.mlp.experts.w2_weight'] });
    expect(planWeights(checkpoint, planFor()).unfilled).toEqual({ target: [], drafter: [] });
  });
});

describe('planWeights on weights that are not what the config says', () => {
  it('refuses to quantise', () => {
    const config = {
      ...checkpoint.config,
      quantization: { ...checkpoint.config.quantization, method: 'fp8Tensor', declared: 'fp8' },
    } as const;
    const odd = { ...checkpoint, config };
    expect(() => planWeights(odd, planFor({}, odd))).toThrow(/is stored as BF16, but its parameter is F8_E4M3/);
  });
});

describe('planView', () => {
  it('gives one row of experts and bytes per rank', () => {
    const view = planView(planFor({ tensorParallelSize: 2, enableExpertParallel: true, rank: 1 }), {
      checkpointId: 1,
      problems: [],
      planMicros: 0,
      targetFinding: null,
      fileFindings: [],
    });
    expect(view.placement.expertsOfRank).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
    ]);
    const inParameters = view.parameters.reduce((sum, parameter) => sum + parameter.bytes, 0);
    const ofRank = view.placement.bytesOfRank[1];
    expect((ofRank?.experts ?? 0) + (ofRank?.rest ?? 0)).toBe(inParameters);
    const withoutEp = planView(planFor({ tensorParallelSize: 2 }), {
      checkpointId: 1,
      problems: [],
      planMicros: 0,
      targetFinding: null,
      fileFindings: [],
    });
    expect(withoutEp.placement.expertsOfRank.map((row) => row.length)).toEqual([16, 16]);
  });

  it('puts trouble of the checkpoint before everything else', () => {
    const problem = { code: 'shardTruncated', message: 'x is cut short.', hint: 'get it again' } as const;
    const view = planView(planFor(), {
      checkpointId: 1,
      problems: [problem],
      planMicros: 0,
      targetFinding: null,
      fileFindings: [],
    });
    expect(view.verdict).toMatchObject({ level: 'blocked', sentence: 'Would not load: x is cut short.' });
    expect(view.findings[0]).toMatchObject({ severity: 'blocker', code: 'shardTruncated' });
  });
});
