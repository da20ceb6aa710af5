/** Small checkpoints with the faults of real bug reports: written as folders, complete but for the fault. */
import { mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Dtype } from '../../electron/common/domain.ts';
import { type TestTensor, testConfig, writeCheckpoint, writeJson, writeShard } from './checkpointFolder.ts';

const block = 128;

/** Sizes that fp8 blocks of 128 divide. */
const sizes = {
  hidden_size: 128,
  num_attention_heads: 2,
  q_lora_rank: 128,
  kv_lora_rank: 64,
  qk_nope_head_dim: 32,
  qk_rope_head_dim: 32,
  v_head_dim: 64,
  intermediate_size: 128,
  moe_intermediate_size: 128,
  n_routed_experts: 4,
  n_shared_experts: 1,
  vocab_size: 64,
};

export interface BrokenOptions {
  readonly fp8?: boolean;
  readonly config?: Record<string, unknown>;
  readonly change?: (tensors: TestTensor[]) => TestTensor[];
  readonly after?: (folder: string) => void;
  /** Tensors of MTP layers go into a file of their own. */
  readonly mtpFile?: boolean;
  readonly weightMap?: (map: Record<string, string>) => Record<string, string>;
}

function linear(name: string, rows: number, columns: number, fp8: boolean): TestTensor[] {
  if (!fp8) return [{ name: `${name}.weight`, shape: [rows, columns] }];
  return [
    { name: `${name}.weight`, dtype: 'F8_E4M3' satisfies Dtype, shape: [rows, columns] },
    {
      name: `${name}.weight_scale_inv`,
      dtype: 'F32' satisfies Dtype,
      shape: [Math.ceil(rows / block), Math.ceil(columns / block)],
    },
  ];
}

function mlp(name: string, fp8: boolean): TestTensor[] {
  return ['gate_proj', 'up_proj', 'down_proj'].flatMap((part) => linear(`${name}.${part}`, 128, 128, fp8));
}

function decoderLayer(layer: number, moe: boolean, fp8: boolean): TestTensor[] {
  const name = `model.layers.${layer}`;
  const attention = `${name}.self_attn`;
  const norm = (part: string, size: number): TestTensor => ({ name: `${part}.weight`, shape: [size] });
  return [
    norm(`${name}.input_layernorm`, 128),
    norm(`${name}.post_attention_layernorm`, 128),
    norm(`${attention}.q_a_layernorm`, 128),
    norm(`${attention}.kv_a_layernorm`, 64),
    ...linear(`${attention}.q_a_proj`, 128, 128, fp8),
    ...linear(`${attention}.q_b_proj`, 128, 128, fp8),
    ...linear(`${attention}.kv_a_proj_with_mqa`, 96, 128, fp8),
    ...linear(`${attention}.kv_b_proj`, 192, 64, fp8),
    ...linear(`${attention}.o_proj`, 128, 128, fp8),
    ...(moe
      ? [
          { name: `${name}.mlp.gate.weight`, shape: [4, 128] },
          { name: `${name}.mlp.gate.e_score_correction_bias`, dtype: 'F32' as const, shape: [4] },
          ...[0, 1, 2, 3].flatMap((expert) => mlp(`${name}.mlp.experts.${expert}`, fp8)),
          ...mlp(`${name}.mlp.shared_experts`, fp8),
        ]
      : mlp(`${name}.mlp`, fp8)),
  ];
}

/** One dense layer and one MTP layer, whole. */
export function wholeTensors(fp8: boolean): TestTensor[] {
  return [
    { name: 'model.embed_tokens.weight', shape: [64, 128] },
    ...decoderLayer(0, false, fp8),
    { name: 'model.norm.weight', shape: [128] },
    { name: 'lm_head.weight', shape: [64, 128] },
    { name: 'model.layers.1.embed_tokens.weight', shape: [64, 128] },
    { name: 'model.layers.1.enorm.weight', shape: [128] },
    { name: 'model.layers.1.hnorm.weight', shape: [128] },
    { name: 'model.layers.1.eh_proj.weight', shape: [128, 256] },
    ...decoderLayer(1, true, fp8),
    { name: 'model.layers.1.shared_head.norm.weight', shape: [128] },
    { name: 'model.layers.1.shared_head.head.weight', shape: [64, 128] },
  ];
}

const fp8Config = { quant_method: 'fp8', weight_block_size: [block, block], activation_scheme: 'dynamic' };

/** @returns the folder */
export function brokenCheckpoint(options: BrokenOptions = {}): string {
  const { fp8 = false, config = {}, change = (all) => all, after, mtpFile = false, weightMap } = options;
  const tensors = change(wholeTensors(fp8));
  const isMtp = ({ name }: TestTensor) => mtpFile && name.startsWith('model.layers.1.');
  const main = tensors.filter((tensor) => !isMtp(tensor));
  const side = tensors.filter(isMtp);
  const shards = { 'model.safetensors': main, ...(side.length > 0 ? { 'mtp.safetensors': side } : {}) };
  const map = Object.fromEntries(
    Object.entries(shards).flatMap(([file, held]) => held.map(({ name }) => [name, file] as const)),
  );
  const folder = writeCheckpoint(shards, {
    config: { ...testConfig, ...sizes, ...(fp8 ? { quantization_config: fp8Config } : {}), ...config },
    ...(weightMap === undefined ? {} : { weightMap: weightMap(map) }),
  });
  after?.(folder);
  return folder;
}

export const without =
  (pattern: RegExp) =>
  (tensors: TestTensor[]): TestTensor[] =>
    tensors.filter(({ name }) => !pattern.test(name));

export const renamed =
  (from: RegExp, to: string) =>
  (tensors: TestTensor[]): TestTensor[] =>
    tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(from, to) }));

export const reshaped =
  (pattern: RegExp, change: Partial<TestTensor>) =>
  (tensors: TestTensor[]): TestTensor[] =>
    tensors.map((tensor) => (pattern.test(tensor.name) ? { ...tensor, ...change } : tensor));

export const added =
  (...more: TestTensor[]) =>
  (tensors: TestTensor[]): TestTensor[] => [...tensors, ...more];

const indexName = 'model.safetensors.index.json';

export const damage = {
  truncate: (folder: string) => truncateSync(join(folder, 'model.safetensors'), 5000),
  remove: (file: string) => (folder: string) => rmSync(join(folder, file)),
  replaceByFolder: (file: string) => (folder: string) => {
    rmSync(join(folder, file));
    mkdirSync(join(folder, file));
  },
  totalSize: (total: number) => (folder: string) => {
    const index = JSON.parse(readFileSync(join(folder, indexName), 'utf8'));
    writeJson(folder, indexName, { ...index, metadata: { total_size: total } });
  },
  brokenIndex: (folder: string) => writeJson(folder, indexName, 'no index'),
  addFile: (file: string, tensors: readonly TestTensor[]) => (folder: string) => writeShard(folder, file, tensors),
};
