/** Recorded cases with one thing changed, and which finding each of them triggers. */
import type { Dtype } from '../../../../electron/common/domain.ts';
import { findingsOf } from '../../../../electron/engine/loading/findings/findings.ts';
import { verdictOf } from '../../../../electron/engine/loading/findings/verdict.ts';
import type { LoadPlan } from '../../../../electron/engine/loading/loadPlan.ts';
import { allRanks, type GoldenCase, readCase } from './goldenCases.ts';

export type Tensors = GoldenCase['tensors'];

export function findings(plan: LoadPlan) {
  return findingsOf(allRanks(plan));
}

export function verdict(plan: LoadPlan) {
  return verdictOf(allRanks(plan), findings(plan));
}

export function severitiesOf(plan: LoadPlan): Record<string, string> {
  return Object.fromEntries(findings(plan).map(({ code, severity }) => [code, severity]));
}

export function changed(
  name: string,
  change: (tensors: Tensors) => Tensors,
  config: Record<string, unknown> = {},
): GoldenCase {
  const golden = readCase(name);
  return { ...golden, config: { ...golden.config, ...config }, tensors: change(golden.tensors) };
}

export const without = (name: string, pattern: RegExp, config = {}) =>
  changed(name, (tensors) => tensors.filter((tensor) => !pattern.test(tensor.name)), config);
export const renamed = (name: string, from: RegExp | string, to: string, config = {}) =>
  changed(name, (tensors) => tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(from, to) })), config);
export const added = (name: string, more: string, dtype: 'BF16' | 'F32' = 'BF16', shape: number[] = [4]) =>
  changed(name, (tensors) => [...tensors, { name: more, shape, dtype }]);
export const retyped = (name: string, pattern: RegExp, dtype: Dtype) =>
  changed(name, (tensors) => tensors.map((tensor) => (pattern.test(tensor.name) ? { ...tensor, dtype } : tensor)));
export const parallel = (golden: GoldenCase, set: Record<string, unknown>): GoldenCase => ({
  ...golden,
  parallel: { ...golden.parallel, ...set },
});

export const bf16 = 'bf16-1mtp-tp1-r0';
export const fp8 = 'fp8-1mtp-tp1-r0';
export const layer = /^model\.layers\.3\./;

/** code, severity, a word that its sentence must hold, and the input that triggers it. */
export const triggers: readonly [string, string, RegExp, () => GoldenCase][] = [
  ['cannotBuild', 'blocker', /heads/, () => readCase('odd-heads-not-divisible')],
  [
    'cannotBuild',
    'blocker',
    /256 \/ 4 = 64 on one rank, not a multiple of the fp8 block 128/,
    () => readCase('fp8-tp4-intermediate-not-block-aligned'),
  ],
  ['wouldFail', 'blocker', /mystery_proj.*KeyError/, () => readCase('odd-unknown-name-in-attn')],
  ['wouldFail', 'blocker', /RuntimeError/, () => readCase('fp8-qlora192-misaligned')],
  ['noMtpTensors', 'silent', /promises 1 MTP layer at layer 3 .*0 tensors/, () => without(fp8, layer)],
  ['noMtpTensors', 'blocker', /0 tensors/, () => without(bf16, layer)],
  ['noMtpTensors', 'silent', /tensors under mtp\.0/, () => renamed(fp8, layer, 'mtp.0.')],
  ['fewerMtpLayers', 'silent', /none of layer 4/, () => without('fp8-2mtp-tp1-r0', /^model\.layers\.4\./)],
  [
    'moreMtpLayers',
    'warning',
    /layer 4.*promises 1 MTP layer/,
    () => changed('fp8-2mtp-tp1-r0', (all) => all, { num_nextn_predict_layers: 1 }),
  ],
  [
    'moreMtpLayers',
    'warning',
    /num_nextn_predict_layers 0/,
    () => changed(fp8, (all) => all, { num_nextn_predict_layers: 0 }),
  ],
  ['mtpAtOtherLayer', 'silent', /layer 3, .*at 7 /, () => changed(fp8, (all) => all, { num_hidden_layers: 7 })],
  ['mtpAtOtherLayer', 'silent', /layer 61, .*at 3 /, () => renamed(fp8, layer, 'model.layers.61.')],
  ['hallmarksAbsent', 'silent', /none of enorm, hnorm, eh_proj/, () => without(fp8, /enorm|hnorm|eh_proj/)],
  ['foreignDrafter', 'silent', /under mtp\.0 .*another family/, () => renamed(fp8, layer, 'mtp.0.')],
  [
    'foreignDrafter',
    'silent',
    /another drafter/,
    () => {
      const golden = renamed(fp8, layer, 'mtp.0.');
      return { ...golden, tensors: golden.tensors.filter(({ name }) => !/enorm|hnorm|eh_proj/.test(name)) };
    },
  ],
  ['neverFilled', 'silent', /1 parameter of layer 3 is never filled.*enorm/, () => without(fp8, /enorm/)],
  ['neverFilled', 'blocker', /enorm/, () => without(bf16, /enorm/)],
  ['neverFilled', 'silent', /while the files hold tensors under mtp\.0/, () => renamed(fp8, layer, 'mtp.0.')],
  ['partlyFilled', 'silent', /part 1 \(up_proj\)|w3/, () => readCase('odd-missing-up-proj')],
  ['partlyFilled', 'silent', /layer 3/, () => readCase('odd-missing-experts')],
  [
    'partlyFilled',
    'silent',
    /1 slot with [\d,]+ elements? gets .*part 1 \(kv_a_proj_with_mqa\)\), and/,
    () => without(fp8, /kv_a_proj_with_mqa\.weight$/),
  ],
  ['filledTwice', 'warning', /1 slot/, () => readCase('odd-duplicate-tensor')],
  ['shapeRefused', 'blocker', /eh_proj.*in the file.*expected/, () => readCase('odd-wrong-shape-ehproj')],
  ['shapeRefused', 'blocker', /expected/, () => readCase('odd-wrong-shape-expert-short')],
  ['shapeAccepted', 'silent', /cut or spread/, () => readCase('odd-wrong-shape-expert-broadcast')],
  ['shapeAccepted', 'silent', /cut or spread/, () => readCase('odd-wrong-shape-qa-long')],
  ['shapeAccepted', 'silent', /down_proj/, () => readCase('odd-wrong-shape-down-long')],
  ['storedInFullPrecision', 'silent', /stored as BF16.*o_proj/, () => retyped(fp8, /o_proj\.weight$/, 'BF16')],
  ['storedQuantized', 'silent', /stored as F8_E4M3.*o_proj/, () => retyped(bf16, /o_proj\.weight$/, 'F8_E4M3')],
  ['storedQuantized', 'silent', /its ignore list has entries/, () => readCase('fp8-experts-ignored')],
  ['scaleSuffixUnknown', 'blocker', /\.scale,/, () => renamed(fp8, /weight_scale_inv$/, 'scale')],
  ['scaleSuffixUnknown', 'blocker', /uses \.weight_scale_inv/, () => renamed(fp8, /weight_scale_inv$/, 'weight_scale')],
  [
    'dtypeConverted',
    'note',
    /1 tensor of .* converted from F32 to BF16, the type of its parameter \(.*o_proj.*rounded/,
    () => retyped(bf16, /o_proj\.weight$/, 'F32'),
  ],
  [
    'dtypeConverted',
    'warning',
    /converted from F8_E5M2 to F8_E4M3, .*too large/,
    () => retyped(fp8, /o_proj\.weight$/, 'F8_E5M2'),
  ],
  ['scaleMissing', 'silent', /1 fp8 weight.*o_proj/, () => without(fp8, /o_proj\.weight_scale_inv$/)],
  ['scaleExtra', 'blocker', /eh_proj/, () => readCase('fp8-ehproj-scale')],
  ['sharedCopiesAbsent', 'blocker', /model\.embed_tokens.*strict check/, () => readCase('odd-no-embed-in-mtp')],
  ['sharedCopiesAbsent', 'note', /shared_head\.head/, () => without(fp8, /^model\.layers\.3\.shared_head\.head/)],
  ['strictCheckWouldRaise', 'blocker', /ValueError: 1 parameter/, () => readCase('odd-no-embed-in-mtp')],
  [
    'replicasOnOneRank',
    'warning',
    /redundant cop/,
    () => parallel(readCase('eplb-red8-ep2-r0'), { num_redundant_experts: 24 }),
  ],
  [
    'expertWithoutRank',
    'blocker',
    /^1 routed expert of layer 3 belongs to no rank, 8 \(1 tensor\): n_routed_experts 8 .* 0 to 7, .* KeyError on every rank/,
    () => readCase('odd-too-many-experts'),
  ],
  [
    'expertWithoutRank',
    'blocker',
    /^2 routed experts .* 4 and 5 \(12 tensors\): n_routed_experts 4/,
    () =>
      parallel(
        changed(fp8, (all) => all, { n_routed_experts: 4 }),
        { tp_size: 2, enable_expert_parallel: true },
      ),
  ],
  [
    'expertWithoutRank',
    'warning',
    /^1 routed expert of layer 3 belongs to no rank, 9 \(1 tensor\).*dropped/,
    () => added(fp8, 'model.layers.3.mlp.experts.9.up_proj.bias'),
  ],
  ['unevenRanks', 'note', /10 experts.*4 ranks/, () => readCase('bf16-10experts-ep4-linear-r0')],
  [
    'unevenRanks',
    'note',
    /3 ranks: 1 rank holds 4 and 2 ranks hold 3\./,
    () => parallel(readCase('bf16-10experts-ep4-linear-r0'), { tp_size: 1, tp_rank: 0, dp_size: 3, dp_rank: 0 }),
  ],
  ['vocabularyPadded', 'note', /130 rows is padded to 192/, () => readCase('bf16-1mtp-tp2-r0')],
  ['biasesSkipped', 'warning', /1 extra bias /, () => added(fp8, 'model.layers.3.self_attn.o_proj.bias')],
  [
    'ropeInterleaveIgnored',
    'silent',
    /rope_interleave false.* neighbouring pairs/,
    () => changed(fp8, (all) => all, { rope_interleave: false }),
  ],
  [
    'attentionBiasIgnored',
    'silent',
    /attention_bias true and the files hold 1 attention bias, model\.layers\.3\.self_attn\.q_a_proj\.bias;/,
    () =>
      changed(fp8, (all) => [...all, { name: 'model.layers.3.self_attn.q_a_proj.bias', shape: [4], dtype: 'BF16' }], {
        attention_bias: true,
      }),
  ],
  ['cacheScalesSkipped', 'note', /cache scale/, () => readCase('fp8-kvscales')],
  ['placementNotes', 'note', /linear/, () => readCase('bf16-rr-ngroup1-ep2-rr-r1')],
  ['noMtpPromised', 'note', /is 0/, () => without(fp8, layer, { num_nextn_predict_layers: 0 })],
  ['idleLaterMtpLayers', 'note', /layer 4 stays idle/, () => readCase('bf16-2mtp-tp1-r0')],
  ['sharedCopiesUnused', 'note', /\(\d+\.\d\d kB on a rank\)/, () => readCase(bf16)],
  ['resaveLoses', 'note', /64 tensors/, () => readCase(fp8)],
];
