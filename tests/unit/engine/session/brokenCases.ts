/** Faults of real bug reports: what to change in a whole checkpoint, and what is said of it then. */
import type { Plan } from '../../../../electron/common/contract.ts';
import {
  added,
  type BrokenOptions,
  damage,
  renamed,
  reshaped,
  wholeTensors,
  without,
} from '../../../support/brokenCheckpoints.ts';

export const mtp = /^model\.layers\.1\./;
const channelFp8 = {
  quant_method: 'compressed-tensors',
  format: 'float-quantized',
  config_groups: { group_0: { targets: ['Linear'], weights: { num_bits: 8, type: 'float' } } },
};
const nvfp4 = { quant_method: 'modelopt', quant_algo: 'NVFP4' };

/** Names that neither loader knows stop the target's, which has no rule for them: those are blocked. */
export const brokenCases: [string, BrokenOptions, Plan['verdict']['level'], string[], RegExp?][] = [
  ['healthy, unquantised', {}, 'good', []],
  ['healthy fp8', { fp8: true }, 'good', []],
  ['healthy fp8 with the MTP layer in a file of its own', { fp8: true, mtpFile: true }, 'good', []],
  [
    'quantiser dropped the MTP layer',
    { fp8: true, change: without(mtp) },
    'silent',
    ['noMtpTensors', 'neverFilled'],
    /accept nothing/,
  ],
  ['the same in full precision', { change: without(mtp) }, 'blocked', ['noMtpTensors', 'strictCheckWouldRaise']],
  [
    'the same with packed weights',
    { change: without(mtp), config: { quantization_config: nvfp4 } },
    'silent',
    ['noMtpTensors'],
  ],
  [
    'saved under another layout',
    { fp8: true, change: renamed(mtp, 'mtp.0.') },
    'blocked',
    ['noMtpTensors', 'foreignDrafter', 'neverFilled'],
  ],
  [
    'head left out, fp8',
    { fp8: true, change: without(/layers\.1\.(shared_head\.head|embed_tokens)/) },
    'good',
    ['sharedCopiesAbsent'],
  ],
  [
    'head left out, unquantised',
    { change: without(/layers\.1\.(shared_head\.head|embed_tokens)/) },
    'blocked',
    ['sharedCopiesAbsent'],
  ],
  [
    'full precision where packed is declared',
    { config: { quantization_config: { ...nvfp4, ignore: ['mtp.layers.0*'] } } },
    'blocked',
    ['packedExpected', 'ignoreListMisses'],
  ],
  [
    'layer number of another model in the list',
    {
      fp8: true,
      config: {
        quantization_config: {
          quant_method: 'fp8',
          weight_block_size: [128, 128],
          ignored_layers: ['model.layers.61.eh_proj'],
        },
      },
    },
    'good',
    ['ignoreListLayer'],
  ],
  [
    'full precision where fp8 is declared',
    {
      fp8: true,
      change: (all) =>
        without(/layers\.1.*scale_inv$/)(reshaped(/layers\.1\..*_proj.*weight$/, { dtype: 'BF16' })(all)),
    },
    'silent',
    ['storedInFullPrecision'],
  ],
  [
    'unknown scale suffix',
    { fp8: true, change: renamed(/(layers\.1.*)weight_scale_inv$/, '$1scale') },
    'blocked',
    ['scaleSuffixUnknown', 'wouldFail'],
    /KeyError/,
  ],
  [
    'another drafter under the layer of the MTP module',
    {
      fp8: true,
      change: (all) =>
        added({ name: 'model.layers.1.markov_head.weight', shape: [4] })(without(/enorm|hnorm|eh_proj/)(all)),
    },
    'blocked',
    ['hallmarksAbsent', 'wouldFail'],
  ],
  [
    'another drafter under mtp.',
    { fp8: true, change: (all) => without(/mtp\.0\.(enorm|hnorm|eh_proj)/)(renamed(mtp, 'mtp.0.')(all)) },
    'blocked',
    ['foreignDrafter'],
    /target .*; and the drafter would accept nothing: .* while the files hold tensors under mtp\.0\.$/,
  ],
  [
    'one half of a fused parameter',
    { fp8: true, change: without(/layers\.1\.self_attn\.kv_a_proj_with_mqa/) },
    'silent',
    ['partlyFilled'],
    /filled only in part/,
  ],
  [
    'config still promises two layers',
    { fp8: true, config: { num_nextn_predict_layers: 2 } },
    'silent',
    ['fewerMtpLayers'],
  ],
  [
    'the layer carries a fixed number',
    { fp8: true, change: renamed(mtp, 'model.layers.61.') },
    'blocked',
    ['mtpAtOtherLayer', 'noMtpTensors'],
    /target .* KeyError .*; and the drafter would accept nothing: \d+ parameters of layer 1 .* an MTP layer stands in layer 61\.$/,
  ],
  [
    'MTP file not in the index',
    {
      fp8: true,
      mtpFile: true,
      weightMap: (map) => Object.fromEntries(Object.entries(map).filter(([, file]) => file !== 'mtp.safetensors')),
    },
    'silent',
    ['unlistedFile', 'noMtpTensors'],
  ],
  [
    'index names a missing file',
    { fp8: true, mtpFile: true, after: damage.remove('mtp.safetensors') },
    'blocked',
    ['shardMissing'],
    /Would not load/,
  ],
  [
    'index names a missing tensor',
    {
      fp8: true,
      change: without(/layers\.1\.hnorm/),
      weightMap: (map) => ({ ...map, 'model.layers.1.hnorm.weight': 'model.safetensors' }),
    },
    'silent',
    ['tensorMissing', 'neverFilled'],
    /^Would start and accept nothing: 1 parameter /,
  ],
  [
    'index names scales that casting to BF16 took away',
    { weightMap: (map) => ({ ...map, 'model.layers.1.mlp.gate.weight_scale_inv': 'model.safetensors' }) },
    'good',
    ['tensorMissing'],
  ],
  [
    'index places a tensor in another file of its own',
    { fp8: true, mtpFile: true, weightMap: (map) => ({ ...map, 'model.layers.1.enorm.weight': 'model.safetensors' }) },
    'good',
    ['tensorMissing'],
  ],
  [
    'index names copies that the target replaces',
    {
      fp8: true,
      change: without(/shared_head\.head/),
      weightMap: (map) => ({ ...map, 'model.layers.1.shared_head.head.weight': 'model.safetensors' }),
    },
    'good',
    ['tensorMissing', 'sharedCopiesAbsent'],
  ],
  [
    'a second copy of all weights beside the files of the index',
    { fp8: true, after: damage.addFile('consolidated.safetensors', wholeTensors(true)) },
    'good',
    ['unlistedFile'],
  ],
  [
    'all names below another prefix',
    { fp8: true, change: renamed(/^/, 'language_model.') },
    'blocked',
    ['foreignDrafter', 'targetWouldFail'],
    /accept nothing: .*, while the files hold tensors under language_model\.model\.layers\.1\.$/,
  ],
  [
    'names without model. in front',
    { fp8: true, change: renamed(/^model\.layers/, 'layers') },
    'blocked',
    ['foreignDrafter', 'targetWouldFail'],
    /while the files hold tensors under layers\.1\.$/,
  ],
  [
    'eight bits declared, the MTP layer in BF16 and not on the list',
    { config: { quantization_config: { ...channelFp8, ignore: ['lm_head', 're:.*mtp.*'] } } },
    'silent',
    ['storedInFullPrecision', 'ignoreListMisses'],
    /quantised to 8 bits by config\.json \(compressed-tensors\) but stored as BF16/,
  ],
  [
    'the same, and on the list',
    { config: { quantization_config: { ...channelFp8, ignore: ['lm_head', 're:.*layers\\.1\\..*'] } } },
    'good',
    ['quantizationNotModelled'],
  ],
  [
    'BF16 that the list names by its layer alone',
    {
      fp8: true,
      change: (all) =>
        without(/layers\.1.*scale_inv$/)(reshaped(/layers\.1\..*_proj.*weight$/, { dtype: 'BF16' })(all)),
      config: {
        quantization_config: {
          quant_method: 'fp8',
          weight_block_size: [128, 128],
          modules_to_not_convert: ['model.layers.1'],
        },
      },
    },
    'silent',
    ['storedInFullPrecision', 'ignoreListMisses'],
  ],
  [
    'scales as powers of two in a byte each',
    { fp8: true, change: reshaped(/scale_inv$/, { dtype: 'F8_E8M0' }) },
    'good',
    [],
  ],
  [
    'experts that were pruned everywhere but in the MTP layer',
    { config: { n_routed_experts: 2 } },
    'blocked',
    ['expertWithoutRank', 'shapeRefused'],
  ],
  [
    'index entry with ..',
    { fp8: true, weightMap: (map) => ({ ...map, 'model.layers.1.enorm.weight': '../x.safetensors' }) },
    'blocked',
    ['unsafeName'],
  ],
  [
    'absolute index entry',
    { fp8: true, weightMap: (map) => ({ ...map, 'model.layers.1.enorm.weight': '/x.safetensors' }) },
    'blocked',
    ['unsafeName'],
  ],
  [
    'index omits a tensor',
    { fp8: true, weightMap: ({ 'lm_head.weight': _omitted, ...map }) => map },
    'good',
    ['tensorsOutsideIndex'],
  ],
  ['truncated file', { fp8: true, mtpFile: true, after: damage.truncate }, 'blocked', ['shardTruncated']],
  ['broken index', { fp8: true, after: damage.brokenIndex }, 'blocked', ['indexUnreadable']],
  [
    'eh_proj of half its width',
    { fp8: true, change: reshaped(/eh_proj/, { shape: [128, 128] }) },
    'blocked',
    ['shapeRefused'],
    /AssertionError/,
  ],
  [
    'one expert missing, unquantised and unnoticed',
    { change: without(/layers\.1\.mlp\.experts\.2\./) },
    'silent',
    ['partlyFilled'],
  ],
  [
    'extra biases',
    { fp8: true, change: added({ name: 'model.layers.1.self_attn.o_proj.bias', shape: [128] }) },
    'good',
    ['biasesSkipped'],
  ],
  [
    'no MTP layers and none promised',
    { change: without(mtp), config: { num_nextn_predict_layers: 0 } },
    'good',
    ['noMtpPromised'],
  ],
  [
    'MTP layers that the config does not promise',
    { fp8: true, config: { num_nextn_predict_layers: 0 } },
    'blocked',
    ['moreMtpLayers'],
  ],
];
