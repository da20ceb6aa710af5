/** Laws of the plan over generated checkpoints: each tensor ends once, each slot is filled once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomes, type ParallelConfig, singleRank, type Tensor } from '../../../../electron/common/domain.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import { type LoadPlan, planLoad, type TableKind } from '../../../../electron/engine/loading/loadPlan.ts';
import { copiesOf, traceTensor } from '../../../../electron/engine/loading/loadTrace.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import { planCase, readCase, tensorsFrom } from './goldenCases.ts';

const rawConfig = readCase('bf16-2mtp-tp1-r0').config;

const fragments = [
  'model.layers.3.',
  'model.layers.4.',
  'model.layers.30.',
  'model.',
  'mtp_block.',
  'self_attn.',
  'mlp.',
  'experts.',
  'shared_experts.',
  '0.',
  '7.',
  '8.',
  'gate_proj.',
  'up_proj.',
  'down_proj.',
  'gate_up_proj.',
  'q_a_proj.',
  'kv_a_proj_with_mqa.',
  'fused_qkv_a_proj.',
  'o_proj.',
  'embed_tokens.',
  'enorm.',
  'shared_head.head.',
  'rotary_emb.inv_freq',
  'weight',
  'bias',
  'k_scale',
  'weight_scale_inv',
  'w13_weight',
];
const knownNames = readCase('bf16-2mtp-tp1-r0').tensors.map(({ name }) => name);
const anyName = fc.oneof(
  fc.constantFrom(...knownNames),
  fc.array(fc.constantFrom(...fragments), { minLength: 1, maxLength: 7 }).map((parts) => parts.join('')),
  fc.string({ maxLength: 30 }),
);
const anyTensors = fc
  .array(
    fc.record({
      name: anyName,
      shape: fc.array(fc.constantFrom(0, 1, 2, 8, 12, 16, 24, 130), { maxLength: 4 }),
      dtype: fc.constant('BF16' as const),
    }),
    { maxLength: 25 },
  )
  .map(tensorsFrom);
const anyParallel: fc.Arbitrary<ParallelConfig> = fc
  .record({
    tensorParallelSize: fc.constantFrom(1, 2, 3, 4, 8),
    dataParallelSize: fc.constantFrom(1, 2),
    enableExpertParallel: fc.boolean(),
    expertPlacementStrategy: fc.constantFrom('linear' as const, 'roundRobin' as const),
    rankSeed: fc.nat(1000),
    all2allBackend: fc.constantFrom('allgather_reducescatter', 'deepep_low_latency'),
    enableEplb: fc.boolean(),
    numRedundantExperts: fc.constantFrom(0, 0, 4, 8),
    aiterFusedMoe: fc.boolean(),
    aiterFusedSharedExperts: fc.boolean(),
    useMla: fc.boolean(),
  })
  .map(({ rankSeed, ...parallel }) => ({
    ...parallel,
    rank: rankSeed % (parallel.tensorParallelSize * parallel.dataParallelSize),
  }));
const anyKind = fc.constantFrom<TableKind>('drafter', 'drafterModules', 'target');
const anyConfigChange = fc.constantFrom<Record<string, unknown>>(
  {},
  { q_lora_rank: null },
  { n_shared_experts: 2 },
  { n_routed_experts: null },
  { first_k_dense_replace: 9 },
  { num_nextn_predict_layers: 0 },
  { quantization_config: { quant_method: 'fp8', weight_block_size: [4, 4] } },
  { quantization_config: { quant_method: 'fp8', activation_scheme: 'static' } },
);

/** Configs for which other layers of the same names are MTP layers. */
const anyLayerNumbers = fc.constantFrom<Record<string, unknown>>(
  {},
  { num_hidden_layers: 4 },
  { num_hidden_layers: 30 },
  { num_nextn_predict_layers: 1 },
);

function plan(tensors: readonly Tensor[], parallel: ParallelConfig, kind: TableKind, change = {}): LoadPlan {
  const config = configFromJson({ ...rawConfig, ...change });
  return planLoad({ tensors, config, parallel, placement: placeRank(config, parallel), kind });
}

describe('law 1: every tensor ends once', () => {
  it('as loaded, skipped or error, whatever the names, shapes and ranks', () => {
    fc.assert(
      fc.property(anyTensors, anyParallel, anyKind, anyConfigChange, (tensors, parallel, kind, change) => {
        const made = plan(tensors, parallel, kind, change);
        const { loaded, skipped, error } = made.totals;
        expect(loaded.tensors + skipped.tensors + error.tensors).toBe(tensors.length);
        const bytes = tensors.reduce((sum, { begin, end }) => sum + end - begin, 0);
        expect(loaded.bytes + skipped.bytes + error.bytes).toBe(bytes);
        for (const index of tensors.keys()) {
          const trace = traceTensor(made, index);
          const rule = made.rules[made.columns.rule[index] ?? -1];
          expect(outcomes[made.columns.outcome[index] ?? -1]).toBe(trace.outcome);
          expect(rule?.id).toBe(trace.ending);
          expect(rule?.outcome).toBe(trace.outcome);
          expect(made.columns.parameter[index]).toBe(trace.parameter ?? -1);
          if (trace.outcome === 'loaded') expect(trace.calls.some(({ success }) => success)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('the same way, whichever set-ups and configs the same list of tensors was planned for before', () => {
    fc.assert(
      fc.property(
        anyTensors,
        fc.array(fc.tuple(anyParallel, anyKind, anyLayerNumbers), { minLength: 2, maxLength: 4 }),
        (tensors, setUps) => {
          for (const [parallel, kind, change] of setUps) {
            const again = plan(tensors, parallel, kind, change);
            const fresh = plan([...tensors], parallel, kind, change);
            expect(again.columns).toEqual(fresh.columns);
            expect(again.rules).toEqual(fresh.rules);
            expect(again.parameters).toEqual(fresh.parameters);
            expect(again.firstError).toEqual(fresh.firstError);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('keeps every copy inside its parameter and its tensor', () => {
    fc.assert(
      fc.property(anyTensors, anyParallel, anyKind, anyConfigChange, (tensors, parallel, kind, change) => {
        const made = plan(tensors, parallel, kind, change);
        for (const [index, tensor] of tensors.entries())
          for (const { parameter, dst, src } of copiesOf(made, index)) {
            expectInside(dst, made.parameters[parameter]?.shape ?? []);
            if (src !== undefined) expectInside(src, tensor.shape);
          }
      }),
      { numRuns: 300 },
    );
  });
});

function expectInside(box: readonly (readonly [number, number])[], shape: readonly number[]): void {
  expect(box.length).toBe(shape.length);
  for (const [dim, [start, end]] of box.entries()) {
    expect(start).toBeGreaterThanOrEqual(0);
    expect(end).toBeGreaterThanOrEqual(start);
    expect(end).toBeLessThanOrEqual(shape[dim] ?? -1);
  }
}

const wholeCases = [
  'bf16-2mtp-tp1-r0',
  'bf16-1mtp-ep4-linear-r2',
  'bf16-2mtp-tp2-r1',
  'fp8-1mtp-ep4-rr-r1',
  'fp8tensor-tp2-r0',
  'aiter-fse-shared2-tp2-r1',
];

describe('law 3: every slot is filled once', () => {
  it.each(wholeCases)('in %s, in any order of the tensors', (name) => {
    const golden = readCase(name);
    fc.assert(
      fc.property(fc.shuffledSubarray([...golden.tensors], { minLength: golden.tensors.length }), (tensors) => {
        const { slots, totals } = planCase({ ...golden, tensors });
        expect(slots).toEqual({ never: [], twice: [] });
        expect(totals.error.tensors).toBe(0);
      }),
      { numRuns: 10 },
    );
  });

  it.each(wholeCases)('in %s: without a tensor its slots are never filled, with two of it twice', (name) => {
    const golden = readCase(name);
    const whole = planCase(golden);
    const loaded = golden.tensors.map((_, index) => index).filter((index) => whole.columns.outcome[index] === 0);
    fc.assert(
      fc.property(fc.constantFrom(...loaded), (index) => {
        const parameter = whole.columns.parameter[index] ?? -1;
        const isSharedScale = (whole.parameters[parameter]?.name ?? '').endsWith('w13_input_scale');
        const without = planCase({ ...golden, tensors: golden.tensors.filter((_, at) => at !== index) });
        const again = golden.tensors[index];
        if (again === undefined) throw new RangeError(`no tensor ${index}`);
        const doubled = planCase({ ...golden, tensors: [...golden.tensors, again] });
        // Gate and up share the input scale, so one of them is enough.
        if (!isSharedScale) {
          expect(new Set(without.slots.never.map((slot) => slot.parameter))).toEqual(new Set([parameter]));
          expect(without.parameters[parameter]?.covered).toBeLessThan(whole.parameters[parameter]?.covered ?? 0);
        }
        expect(without.slots.twice).toEqual([]);
        expect(doubled.slots.never).toEqual([]);
        expect(new Set(doubled.slots.twice.map((slot) => slot.parameter))).toEqual(new Set([parameter]));
        for (const { tensors } of doubled.slots.twice) expect(tensors).toContain(golden.tensors.length);
      }),
      { numRuns: 40 },
    );
  });
});

describe('ranks together', () => {
  it.each([
    ['expert parallelism', { enableExpertParallel: true }],
    ['round robin', { enableExpertParallel: true, expertPlacementStrategy: 'roundRobin' as const }],
    ['cut experts', {}],
  ])('hold every element of every routed expert exactly once with %s', (_, options) => {
    const golden = readCase('bf16-1mtp-tp1-r0');
    const tensorParallelSize = 4;
    const read = new Map<string, number>();
    for (let rank = 0; rank < tensorParallelSize; rank++) {
      const parallel = { ...singleRank, ...options, tensorParallelSize, rank };
      const made = plan(tensorsFrom(golden.tensors), parallel, 'drafter', golden.config);
      for (const [index, { name }] of golden.tensors.entries()) {
        if (!name.includes('model.layers.3.mlp.experts.')) continue;
        for (const { src } of copiesOf(made, index)) {
          const size = (src ?? []).reduce((product, [start, end]) => product * (end - start), 1);
          read.set(name, (read.get(name) ?? 0) + size);
        }
      }
    }
    const experts = golden.tensors.filter(({ name }) => name.includes('model.layers.3.mlp.experts.'));
    expect(read.size).toBe(experts.length);
    for (const { name, shape } of experts) expect(read.get(name)).toBe(shape.reduce((a, b) => a * b, 1));
  });
});
