/** What people are told about a set-up. Each finding has an input that triggers it and one that does not. */
import { describe, expect, it } from 'vitest';
import { storySchema } from '../../../../electron/common/schemas/plan.ts';
import { planAllRanks } from '../../../../electron/engine/loading/allRanks.ts';
import { explainTensor } from '../../../../electron/engine/loading/explainTensor.ts';
import { toGoldenRecord } from '../../../../electron/engine/loading/goldenRecord.ts';
import { planLoad } from '../../../../electron/engine/loading/loadPlan.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';
import {
  added,
  bf16,
  changed,
  findings,
  fp8,
  layer,
  parallel,
  severitiesOf,
  triggers,
  verdict,
  without,
} from './findingFixtures.ts';
import { goldenNames, planCase, readCase } from './goldenCases.ts';

describe('a finding', () => {
  it.each(triggers)('%s (%s) is made when it should be', (code, severity, sentence, make) => {
    const found = findings(planCase(make())).filter((finding) => finding.code === code);
    expect(found.map((finding) => finding.severity)).toEqual([severity]);
    expect(found[0]?.sentence).toMatch(sentence);
  });

  const everywhere = new Set(['sharedCopiesUnused', 'resaveLoses']);
  it.each([...new Set(triggers.map(([code]) => code))].filter((code) => !everywhere.has(code)))(
    '%s is not made for healthy checkpoints',
    (code) => {
      for (const name of [bf16, fp8]) expect(Object.keys(severitiesOf(planCase(readCase(name))))).not.toContain(code);
    },
  );

  it('of copies and of saving is not made where there is nothing to lose', () => {
    expect(Object.keys(severitiesOf(planCase(without(fp8, layer))))).not.toEqual(
      expect.arrayContaining(['resaveLoses']),
    );
    expect(Object.keys(severitiesOf(planCase(without(fp8, layer))))).not.toContain('sharedCopiesUnused');
  });

  it.each([
    'bf16-2mtp-tp2-r1',
    'bf16-1mtp-ep4-rr-r2',
    'fp8-1mtp-tp4-r3',
    'fp8tensor-tp2-r0',
    'fp8-prefused-qkv-a',
    'dp2-ep2-linear-r0',
    'tp2dp2-ep4-seqpar-d1t0',
    'aiter-fse-shared2-tp2-r1',
    'v32-indexer-fp8-tp1',
    'odd-reverse-order',
    'odd-shared2',
  ])('is never graver than a warning for %s, which loads whole', (name) => {
    const plan = planCase(readCase(name));
    if (plan.firstError !== null || plan.strictCheckRaises) return;
    expect(findings(plan).filter(({ severity }) => severity === 'blocker' || severity === 'silent')).toEqual([]);
    expect(verdict(plan).level).toBe('good');
  });

  it('of scales is not made where only the index names tensors', () => {
    const { input } = planCase(readCase(fp8));
    const named = planLoad({ ...input, tensors: input.tensors.map((tensor) => ({ ...tensor, file: -1 })) });
    expect(Object.keys(severitiesOf(named))).not.toEqual(expect.arrayContaining(['scaleExtra']));
    expect(severitiesOf(planCase(readCase('fp8-ehproj-scale')))).toHaveProperty('scaleExtra');
  });

  it('keeps evidence short and says how much more there is', () => {
    const finding = findings(planCase(without(fp8, layer))).find(({ code }) => code === 'neverFilled');
    expect(finding?.evidence).toHaveLength(20);
    expect(finding?.evidence.at(-1)?.text).toMatch(/^and \d+ more$/);
    expect(finding?.evidence[0]?.target).toEqual({ kind: 'parameter', name: finding?.evidence[0]?.text });
  });

  it('blames redundant experts for slots that stay empty', () => {
    const finding = findings(planCase(readCase('eplb-red2-aiter-fse-ep2-r0'))).find(
      ({ code }) => code === 'partlyFilled',
    );
    expect(finding?.hint).toContain('Redundant expert slots');
  });

  it('names the ranks when it does not hold for all', () => {
    const one = parallel(without(fp8, /experts\.5\.down_proj\.weight$/), { tp_size: 2, enable_expert_parallel: true });
    const finding = findings(planCase(one)).find(({ code }) => code === 'partlyFilled');
    expect(finding?.sentence).toContain('on rank 1 of 2');
  });

  it('says the arithmetic of the rank that cannot be served', () => {
    const short = parallel(
      changed(bf16, (all) =>
        all.map((tensor) => (tensor.name.endsWith('q_b_proj.weight') ? { ...tensor, shape: [20, 12] } : tensor)),
      ),
      { tp_size: 2 },
    );
    const finding = findings(planCase(short)).find(({ code }) => code === 'shapeRefused');
    expect(finding?.sentence).toContain('on rank 1 of 2');
    expect(finding?.sentence).toContain('[20, 12] in the file, [40, 12] expected');
    expect(finding?.sentence).toContain('rows 20 to 40, 20 = 40 / 2');
  });

  it('writes whole sentences for every recorded case, and a verdict that fits the loader', () => {
    for (const name of goldenNames()) {
      const plan = planCase(readCase(name));
      const found = findings(plan);
      for (const { sentence, hint } of found) {
        expect(sentence, name).toMatch(/^[A-Z0-9cem].*\.$/);
        expect(hint, name).toMatch(/^[A-Z].*\.$/);
      }
      const blocked = plan.initError !== null || plan.firstError !== null || plan.strictCheckRaises;
      if (blocked && (plan.input.config.numNextnPredictLayers ?? 0) > 0)
        expect(verdict(plan).level, name).toBe('blocked');
    }
  });
});

describe('all ranks', () => {
  it('are built without looking at tensors where the model of the first can not be built', () => {
    const plan = planCase(readCase('fp8-tp4-ep-shared-not-aligned'));
    expect(plan.initError).not.toBeNull();
    const { parallel: setUp, config } = plan.input;
    const others = planAllRanks(plan, (rank) => placeRank(config, { ...setUp, rank })).filter(
      ({ plan: other }) => other !== plan,
    );
    expect(others).toHaveLength(3);
    for (const { plan: other } of others) {
      expect(other.initError).toEqual(plan.initError);
      expect(other.input.tensors).toEqual([]);
    }
  });

  it('end as if each had been planned by itself with all tensors', () => {
    for (const name of goldenNames()) {
      const plan = planCase(readCase(name));
      const { parallel: setUp, config } = plan.input;
      const seen: number[] = [];
      for (const { ranks, plan: own } of planAllRanks(plan, (rank) => placeRank(config, { ...setUp, rank })))
        for (const rank of ranks) {
          seen.push(rank);
          const alone = planLoad({
            ...plan.input,
            parallel: { ...setUp, rank },
            placement: placeRank(config, { ...setUp, rank }),
          });
          const label = `${name}, rank ${rank}`;
          expect(own.initError, label).toEqual(alone.initError);
          expect(own.firstError?.at, label).toBe(alone.firstError?.at);
          expect(own.neverLoaded, label).toEqual(alone.neverLoaded);
          expect(own.partiallyLoaded, label).toEqual(alone.partiallyLoaded);
          expect(own.strictCheckMissing, label).toEqual(alone.strictCheckMissing);
          expect(own.slots.never.length, label).toBe(alone.slots.never.length);
          if (own.initError === null) expect(own.totals.error.tensors, label).toBe(alone.totals.error.tensors);
        }
      expect(seen.sort((a, b) => a - b)).toEqual(
        Array.from({ length: setUp.tensorParallelSize * setUp.dataParallelSize }, (_, rank) => rank),
      );
    }
  });
});

describe('verdict', () => {
  it.each([
    ['bf16-1mtp-ep4-linear-r3', 'good', 'Would load: 1 of 1 MTP layer complete on all 4 ranks.'],
    ['bf16-1mtp-tp1-r0', 'good', 'Would load: 1 of 1 MTP layer complete.'],
    ['odd-wrong-shape-enorm', 'blocked', 'Would stop while loading: AssertionError at model.layers.3.enorm.weight.'],
  ])('of %s', (name, level, sentence) => {
    expect(verdict(planCase(readCase(name)))).toMatchObject({ level, sentence, reference: 'vLLM v0.16.0 (89a77b10)' });
  });

  it('tells a quantised checkpoint without its MTP layers from one that is complete', () => {
    const { level, sentence, newerVersions } = verdict(planCase(without(fp8, layer)));
    expect(level).toBe('silent');
    expect(sentence).toMatch(/^Would start and accept nothing: \d+ parameters of layer 3 are never filled\.$/);
    expect(newerVersions[0]).toContain('it would raise for layer 3');
  });

  it('counts for all ranks', () => {
    const stop = verdict(planCase(parallel(added(bf16, 'model.layers.3.strange.weight'), { tp_size: 2 })));
    expect(stop.sentence).toBe('Would stop while loading on all 2 ranks: KeyError at model.layers.3.strange.weight.');
  });

  it('is good without MTP layers, when none are promised', () => {
    expect(verdict(planCase(without(bf16, layer, { num_nextn_predict_layers: 0 })))).toMatchObject({
      level: 'good',
      sentence: expect.stringContaining('no MTP layers'),
    });
  });
});

describe('the record beyond the first error', () => {
  it('classifies what comes after it, and says what going on would give', () => {
    const golden = readCase('odd-wrong-shape-enorm');
    const record = JSON.parse(JSON.stringify(toGoldenRecord(planCase(golden)))) as {
      events: { name: string; outcome: string; rule: string; after_error?: boolean }[];
      never_loaded: string[];
      if_continued: { never_loaded: string[]; loaded_params: string[] };
    };
    expect(record.events).toHaveLength(golden.tensors.length);
    const after = record.events.slice(golden.events.length);
    expect(after.every((event) => event.after_error === true)).toBe(true);
    expect(after.find(({ name }) => name === 'model.layers.3.hnorm.weight')).toMatchObject({
      outcome: 'loaded',
      rule: 'direct',
    });
    expect(record.never_loaded).toContain('model.layers.3.hnorm.weight');
    expect(record.if_continued.never_loaded).toEqual(['model.layers.3.enorm.weight']);
    expect(record.if_continued.loaded_params).toContain('model.layers.3.hnorm.weight');
  });

  it('leaves both out of a record without an error', () => {
    const record = toGoldenRecord(planCase(readCase('bf16-1mtp-tp1-r0')));
    expect(record.if_continued).toBeNull();
    expect(JSON.stringify(record)).not.toContain('after_error');
  });
});

describe('stories', () => {
  function story(caseName: string, tensorName: string) {
    const golden = readCase(caseName);
    const index = golden.tensors.findIndex(({ name }) => name === tensorName);
    return explainTensor(planCase(golden), index);
  }

  it('say which part of which parameter a fused tensor becomes', () => {
    const told = story('bf16-1mtp-tp1-r0', 'model.layers.3.mlp.shared_experts.up_proj.weight');
    expect(told.summary).toBe('Loaded into model.layers.3.mtp_block.mlp.shared_experts.gate_up_proj.weight, part 1.');
    expect(told.steps.map(({ rule }) => rule)).toEqual(['skip:not_an_mtp_layer', 'rewrite', 'stacked']);
    expect(told.copies).toEqual([
      {
        dst: [
          [8, 16],
          [0, 16],
        ],
        src: [
          [0, 8],
          [0, 16],
        ],
      },
    ]);
  });

  it('say that an expert is on another rank', () => {
    const told = story('bf16-1mtp-ep2-linear-r1', 'model.layers.3.mlp.experts.0.down_proj.weight');
    expect(told.summary).toBe('Skipped: expert 0 is not on rank 1.');
    expect(told.reported).toEqual(['model.layers.3.mtp_block.mlp.experts.0.down_proj.weight']);
    expect(told.copies).toEqual([]);
  });

  it('say why a tensor would fail', () => {
    const told = story('odd-prefused-gate-up', 'model.layers.3.mlp.shared_experts.gate_up_proj.weight');
    expect(told.summary).toContain('KeyError');
    expect(told.steps.at(-1)?.did).toContain('gate_gate_up_proj');
  });

  it('fit the contract and end with a step, for every tensor of every case', () => {
    for (const name of goldenNames()) {
      const golden = readCase(name);
      const plan = planCase(golden);
      for (const index of golden.tensors.keys()) {
        const told = storySchema.parse(explainTensor(plan, index));
        expect(told.steps.length, `${name}: ${told.name}`).toBeGreaterThan(0);
        for (const step of told.steps) expect(step.source, `${name}: ${told.name}`).not.toBe('');
      }
    }
  });
});
