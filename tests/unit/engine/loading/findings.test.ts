/** What people are told about a plan. */
import { describe, expect, it } from 'vitest';
import { storySchema } from '../../../../electron/common/schemas/plan.ts';
import { explainTensor } from '../../../../electron/engine/loading/explainTensor.ts';
import { findingsOf, verdictOf } from '../../../../electron/engine/loading/findings/findings.ts';
import { toGoldenRecord } from '../../../../electron/engine/loading/goldenRecord.ts';
import type { LoadPlan } from '../../../../electron/engine/loading/loadPlan.ts';
import { type GoldenCase, goldenNames, planCase, readCase } from './goldenCases.ts';

function codesOf(plan: LoadPlan): Record<string, string> {
  return Object.fromEntries(findingsOf(plan).map(({ code, severity }) => [code, severity]));
}

function verdict(plan: LoadPlan) {
  return verdictOf(plan, findingsOf(plan));
}

function without(name: string, pattern: RegExp): GoldenCase {
  const golden = readCase(name);
  return { ...golden, tensors: golden.tensors.filter((tensor) => !pattern.test(tensor.name)) };
}

describe('findings', () => {
  it.each([
    ['bf16-1mtp-tp1-r0', {}],
    ['bf16-2mtp-tp1-r0', { idleLaterMtpLayers: 'note' }],
    ['odd-heads-not-divisible', { cannotBuild: 'blocker' }],
    ['odd-no-embed-in-mtp', { strictCheckWouldRaise: 'blocker' }],
    ['odd-missing-experts', { partlyFilled: 'silent' }],
    ['odd-missing-up-proj', { partlyFilled: 'silent' }],
    ['odd-duplicate-tensor', { filledTwice: 'warning' }],
    ['odd-zero-mtp-layers', { noMtpLayersPromised: 'warning', strictCheckWouldRaise: 'blocker' }],
    ['bf16-rr-ngroup1-ep2-rr-r1', { placementNotes: 'note' }],
    ['eplb-red4-ep4-r0', { placementNotes: 'note' }],
  ])('of %s', (name, expected) => {
    const { sharedCopiesUnused, ...codes } = codesOf(planCase(readCase(name)));
    expect(codes).toEqual(expected);
  });

  it('says that the first error blocks, with the tensor and the exception', () => {
    const plan = planCase(readCase('odd-unknown-name-in-attn'));
    const [first] = findingsOf(plan);
    expect(first).toMatchObject({ code: 'wouldFail', severity: 'blocker' });
    expect(first?.sentence).toContain('model.layers.3.self_attn.mystery_proj.weight');
    expect(first?.sentence).toContain('KeyError');
    expect(verdict(plan).level).toBe('blocked');
  });

  it('tells a quantised checkpoint without its MTP layers from one that is complete', () => {
    const plan = planCase(without('fp8-1mtp-tp1-r0', /^model\.layers\.3\./));
    expect(codesOf(plan)).toMatchObject({ noMtpTensors: 'silent', neverFilled: 'silent' });
    expect(verdict(plan)).toMatchObject({
      level: 'silent',
      sentence: 'Would load without an error, but not completely. 0 of 1 MTP layer complete on rank 0 of 1.',
    });
  });

  it('counts the layers that are complete', () => {
    const plan = planCase(without('bf16-2mtp-tp1-r0', /^model\.layers\.4\./));
    expect(codesOf(plan)).toMatchObject({ fewerMtpLayers: 'blocker', neverFilled: 'silent' });
    expect(verdict(plan).sentence).toBe('Would be refused after loading. 1 of 2 MTP layers complete on rank 0 of 1.');
  });

  it('blames redundant experts for slots that stay empty', () => {
    const plan = planCase(readCase('eplb-red2-aiter-fse-ep2-r0'));
    const finding = findingsOf(plan).find(({ code }) => code === 'partlyFilled');
    expect(finding?.hint).toContain('Redundant expert slots');
  });

  it('warns that other quantisation methods are not modelled', () => {
    const golden = readCase('bf16-1mtp-tp1-r0');
    const quantization = {
      method: 'other',
      declared: 'awq',
      weightBlockSize: null,
      activationScheme: 'dynamic',
      ignoredLayers: [],
    } as const;
    const plan = planCase(golden, { quantization });
    expect(codesOf(plan)).toMatchObject({ quantizationNotModelled: 'warning' });
    expect(plan.strictCheckRaises).toBe(false);
    expect(verdict(plan)).toMatchObject({ level: 'silent', sentence: expect.stringContaining('"awq"') });
  });

  it('keeps evidence short and says how much more there is', () => {
    const plan = planCase(without('fp8-1mtp-tp1-r0', /^model\.layers\.3\./));
    const finding = findingsOf(plan).find(({ code }) => code === 'neverFilled');
    expect(finding?.evidence).toHaveLength(20);
    expect(finding?.evidence.at(-1)?.text).toMatch(/^and \d+ more$/);
  });

  it('writes sentences for every case', () => {
    for (const name of goldenNames()) {
      const plan = planCase(readCase(name));
      const findings = findingsOf(plan);
      for (const { sentence, hint } of findings) {
        expect(sentence, name).toMatch(/^[A-Z0-9c].*\.$/);
        expect(hint, name).toMatch(/^[A-Z].*\.$/);
      }
      const blocked = plan.initError !== null || plan.firstError !== null || plan.strictCheckRaises;
      expect(verdict(plan).level === 'blocked', name).toBe(blocked);
    }
  });
});

describe('verdict', () => {
  it('is good for a complete rank', () => {
    expect(verdict(planCase(readCase('bf16-1mtp-ep4-linear-r3')))).toMatchObject({
      level: 'good',
      sentence: 'Would load. 1 of 1 MTP layer complete on rank 3 of 4.',
    });
  });

  it('names the tensor where loading would stop', () => {
    expect(verdict(planCase(readCase('odd-wrong-shape-enorm'))).sentence).toBe(
      'Would fail at model.layers.3.enorm.weight with AssertionError on rank 0 of 1.',
    );
  });
});

describe('the record beyond the first error', () => {
  it('classifies what comes after it, and says what going on would give', () => {
    const golden = readCase('odd-wrong-shape-enorm');
    const record = toGoldenRecord(planCase(golden)) as {
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
