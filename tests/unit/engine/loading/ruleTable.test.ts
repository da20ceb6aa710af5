/** The table as a whole: every rule is needed, and its order is. */
import { describe, expect, it } from 'vitest';
import { outcomes } from '../../../../electron/common/domain.ts';
import { expertMatches } from '../../../../electron/engine/loading/expertNames.ts';
import { remapKvScaleName } from '../../../../electron/engine/loading/kvScaleNames.ts';
import type { LoadRule } from '../../../../electron/engine/loading/loadRule.ts';
import { mtpRules } from '../../../../electron/engine/loading/mtpRules.ts';
import { stackedRows, stackedRule } from '../../../../electron/engine/loading/stackedRule.ts';
import { targetRules } from '../../../../electron/engine/loading/targetRules.ts';
import { comparable, type GoldenCase, goldenNames, planCase, readCase, readGolden, recordOf } from './goldenCases.ts';

const cases = goldenNames().map(readCase);

const textOf = (golden: GoldenCase, rules: readonly LoadRule[]) =>
  JSON.stringify(comparable(recordOf(golden, { rules })));
const usualTexts = new Map(cases.map((golden) => [golden.case, textOf(golden, mtpRules)]));

/** Whether the record of some case changes with the table. */
function turnsRed(rules: readonly LoadRule[]): boolean {
  return cases.some((golden) => textOf(golden, rules) !== usualTexts.get(golden.case));
}

function swapped<T>(list: readonly T[], at: number): T[] {
  const copy = [...list];
  const [first, second] = copy.slice(at, at + 2);
  if (first === undefined || second === undefined) throw new RangeError(`Nothing to swap at ${at}.`);
  copy.splice(at, 2, second, first);
  return copy;
}

describe('law 4: the table and its order', () => {
  it('has an ending in some golden for every ending of every rule', () => {
    const seen = new Set(cases.flatMap((golden) => golden.events.map((event) => event.rule)));
    for (const rule of mtpRules) for (const ending of rule.endings) expect(seen, rule.id).toContain(ending);
  });

  it('ends every golden event under a rule of the table or as a failure', () => {
    const known = new Set<string>(mtpRules.flatMap((rule) => rule.endings));
    for (const golden of cases)
      for (const event of golden.events)
        expect(known.has(event.rule) || event.rule.startsWith('error:'), `${golden.case}: ${event.name}`).toBe(true);
  });

  it.each(mtpRules.map((rule) => rule.id))('turns a golden red without %s', (id) => {
    expect(turnsRed(mtpRules.filter((rule) => rule.id !== id))).toBe(true);
  });

  it('turns a golden red when neighbours change places whose order a trace can see', () => {
    const pairs = mtpRules
      .slice(1)
      .map((rule, at) => ({ pair: [mtpRules[at]?.id, rule.id], rules: swapped(mtpRules, at) }));
    // The others look for names that exclude each other in every recorded trace.
    expect(pairs.filter(({ rules }) => turnsRed(rules)).map(({ pair }) => pair)).toEqual([
      ['skip:not_an_mtp_layer', 'rewrite'],
      ['rewrite', 'stacked'],
      ['stacked', 'expert'],
      ['expert', 'skip:bias_not_in_params'],
      ['skip:shared_weight_not_first_mtp_layer', 'direct'],
    ]);
  });

  it('turns a golden red when the gate and up rows of the stacked table change places', () => {
    const changed = stackedRule('DeepSeekMTP.load_weights', swapped(stackedRows, 0));
    const rules = mtpRules.map((rule) => (rule.id === 'stacked' ? changed : rule));
    expect(turnsRed(rules)).toBe(true);
  });

  it('explains every rule in one sentence and says where the reference does it', () => {
    for (const rule of [...mtpRules, ...targetRules]) {
      expect(rule.explain, rule.id).toMatch(/^[A-Z].*\.$/);
      expect(rule.source, rule.id).toMatch(/^Deep[Ss]eek/);
    }
  });
});

describe('after the first error', () => {
  it('classifies the rest although the reference stops', () => {
    const golden = readCase('odd-wrong-shape-enorm');
    const plan = planCase(golden);
    expect(plan.firstError?.at).toBe(golden.error?.at);
    const after = plan.columns.outcome.slice((plan.firstError?.tensor ?? 0) + 1);
    expect([...after].map((outcome) => outcomes[outcome])).toContain('loaded');
  });
});

describe('names', () => {
  it.each(readGolden<{ params: string[]; name: string; result: string | null }[]>('math', 'kv_scale_remap.json.gz'))(
    'renames the cache scale $name like the reference with $params.length parameters',
    ({ params, name, result }) => {
      const latent = params.some((parameter) => parameter.includes('mla_attn'));
      expect(remapKvScaleName(name, (candidate) => params.includes(candidate), latent)).toBe(result);
    },
  );

  it('finds exactly the rows of the reference table', () => {
    const golden = readGolden<{ mapping: [string, string, number, string][]; num_experts: number }>(
      'math',
      'expert_params_mapping.json.gz',
    );
    for (const [replacement, fragment, id, shard] of golden.mapping) {
      const [match, ...others] = expertMatches(`model.layers.3.mtp_block.mlp.${fragment}weight`);
      expect(others).toEqual([]);
      expect(match).toEqual({ expert: id % golden.num_experts, shard, fragment, replacement });
    }
  });

  it.each([
    ['a.experts.01.gate_proj.weight', []],
    ['a.experts.1.gate_proj', []],
    ['a.shared_experts.gate_proj.weight', []],
    ['a.xexperts.11.up_proj.weight', ['experts.11.up_proj.']],
    [
      'experts.2.up_proj.experts.2.gate_proj.experts.1.down_proj.w',
      ['experts.1.down_proj.', 'experts.2.gate_proj.', 'experts.2.up_proj.'],
    ],
    ['experts.5.down_proj.experts.5.down_proj.w', ['experts.5.down_proj.']],
  ])('matches %s as plain substrings', (name, fragments) => {
    expect(expertMatches(name).map(({ fragment }) => fragment)).toEqual(fragments);
  });
});
