import type {
  NativeDevice,
  NativeModelConfig,
  NativeParameterSpec,
  NativeWeightStore,
} from '../../electron/engine/kernels/kernels.ts';
import { readItem, type ScratchFolder, sourceFile, writeSafetensors } from './nativeSupport.ts';

export const vocab = 24;
export const hidden = 16;

/** One dense layer and one MTP layer with experts. */
export const config: NativeModelConfig = {
  hidden,
  layers: 1,
  mtpLayers: 1,
  heads: 2,
  qLora: 0,
  kvLora: 8,
  nopeDim: 4,
  ropeDim: 4,
  valueDim: 4,
  intermediate: 12,
  moeIntermediate: 8,
  experts: 4,
  sharedExperts: 0,
  topK: 2,
  firstDense: 1,
  moeLayerFreq: 1,
  nGroup: 1,
  topkGroup: 1,
  scoring: 'sigmoid',
  grouping: 'none',
  normalizeTopk: true,
  routedScale: 1,
  rmsEps: 1e-6,
  ropeTheta: 10000,
  yarn: null,
  vocab,
  blockRows: 128,
  blockCols: 128,
};

function attention(prefix: string): [string, number[]][] {
  return [
    [`${prefix}input_layernorm.weight`, [hidden]],
    [`${prefix}self_attn.kv_a_proj_with_mqa.weight`, [12, hidden]],
    [`${prefix}self_attn.q_proj.weight`, [16, hidden]],
    [`${prefix}self_attn.kv_a_layernorm.weight`, [8]],
    [`${prefix}self_attn.kv_b_proj.weight`, [16, 8]],
    [`${prefix}self_attn.o_proj.weight`, [hidden, 8]],
    [`${prefix}post_attention_layernorm.weight`, [hidden]],
  ];
}

const block = 'mtp/model.layers.1.mtp_block.';
const shapes: [string, number[]][] = [
  ['target/model.embed_tokens.weight', [vocab, hidden]],
  ['target/model.norm.weight', [hidden]],
  ['target/lm_head.weight', [vocab, hidden]],
  ...attention('target/model.layers.0.'),
  ['target/model.layers.0.mlp.gate_up_proj.weight', [24, hidden]],
  ['target/model.layers.0.mlp.down_proj.weight', [hidden, 12]],
  ['mtp/model.layers.1.enorm.weight', [hidden]],
  ['mtp/model.layers.1.hnorm.weight', [hidden]],
  ['mtp/model.layers.1.eh_proj.weight', [hidden, 2 * hidden]],
  ...attention(block),
  [`${block}mlp.gate.weight`, [4, hidden]],
  [`${block}mlp.experts.w13_weight`, [4, 16, hidden]],
  [`${block}mlp.experts.w2_weight`, [4, hidden, 8]],
  ['mtp/model.layers.1.shared_head.norm.weight', [hidden]],
];
const parameters: NativeParameterSpec[] = shapes.map(([name, shape]) => ({ name, dtype: 'F32', shape }));

/** Fixed pseudo-random numbers in [-1, 1). */
function noise(count: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** What a load of the tiny model is told, with its file written into `folder`. */
export function tinyLoad(folder: ScratchFolder) {
  const sizes = shapes.map(([, shape]) => shape.reduce((product, size) => product * size, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const path = folder.file('model.safetensors');
  const offsets = writeSafetensors(path, [{ name: 'all', dtype: 'F32', shape: [total], data: noise(total) }]);
  let fileOffset = offsets.get('all') ?? 0;
  const items = sizes.map((cols, parameter) => {
    const item = readItem({ parameter, fileOffset, rows: 1, cols });
    fileOffset += cols * 4;
    return item;
  });
  return { parameters, files: [sourceFile(path)], items };
}

/** A store on `device` that holds the tiny model, read from a file in `folder`. */
export async function loadedStore(device: NativeDevice, folder: ScratchFolder): Promise<NativeWeightStore> {
  const { files, items } = tinyLoad(folder);
  const store = device.createStore(parameters);
  await store.load(files, items, { threads: 2 });
  return store;
}
