/** Writes small checkpoint folders for tests. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Dtype, dtypeBytes } from '../../electron/common/domain.ts';

export interface TestTensor {
  readonly name: string;
  readonly dtype?: Dtype;
  /** In place of dtype's name, in the header. */
  readonly dtypeName?: string;
  readonly shape: readonly number[];
  /** As many bytes as dtype and shape say; ones where it is left out. */
  readonly data?: Uint8Array;
}

/** The smallest config that the reader accepts; one dense layer, one MTP layer. */
export const testConfig: Readonly<Record<string, unknown>> = {
  architectures: ['DeepseekV3ForCausalLM'],
  model_type: 'deepseek_v3',
  hidden_size: 8,
  num_hidden_layers: 1,
  num_nextn_predict_layers: 1,
  num_attention_heads: 2,
  q_lora_rank: 4,
  kv_lora_rank: 4,
  qk_nope_head_dim: 2,
  qk_rope_head_dim: 2,
  v_head_dim: 2,
  intermediate_size: 8,
  moe_intermediate_size: 4,
  n_routed_experts: 4,
  n_shared_experts: 1,
  num_experts_per_tok: 2,
  n_group: 1,
  topk_group: 1,
  topk_method: 'noaux_tc',
  scoring_func: 'sigmoid',
  norm_topk_prob: true,
  routed_scaling_factor: 1,
  first_k_dense_replace: 1,
  moe_layer_freq: 1,
  hidden_act: 'silu',
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  rope_scaling: null,
  max_position_embeddings: 64,
  vocab_size: 16,
  torch_dtype: 'bfloat16',
};

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'draftscope-test-'));
}

export function writeJson(folder: string, name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

/** Bytes of a safetensors file with the given header object and data length. */
export function safetensorsBytes(header: unknown, dataBytes: number): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, Buffer.alloc(dataBytes, 1)]);
}

export function headerOf(tensors: readonly TestTensor[]): { header: Record<string, unknown>; dataBytes: number } {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, dtype = 'BF16', dtypeName = dtype, shape } of tensors) {
    const end = offset + shape.reduce((product, size) => product * size, dtypeBytes[dtype]);
    header[name] = { dtype: dtypeName, shape, data_offsets: [offset, end] };
    offset = end;
  }
  return { header, dataBytes: offset };
}

export function writeShard(folder: string, name: string, tensors: readonly TestTensor[]): void {
  const { header, dataBytes } = headerOf(tensors);
  const bytes = safetensorsBytes(header, dataBytes);
  let at = bytes.length - dataBytes;
  for (const { dtype = 'BF16', shape, data } of tensors) {
    if (data !== undefined) bytes.set(data, at);
    at += shape.reduce((product, size) => product * size, dtypeBytes[dtype]);
  }
  writeFileSync(join(folder, name), bytes);
}

/** config.json, index and shards; the index follows from the shards unless given. */
export function writeCheckpoint(
  shards: Readonly<Record<string, readonly TestTensor[]>>,
  options: { config?: Record<string, unknown>; weightMap?: Record<string, string> } = {},
): string {
  const folder = makeFolder();
  writeJson(folder, 'config.json', { ...testConfig, ...options.config });
  const weightMap: Record<string, string> = {};
  for (const [file, tensors] of Object.entries(shards)) {
    writeShard(folder, file, tensors);
    for (const tensor of tensors) weightMap[tensor.name] = file;
  }
  writeJson(folder, 'model.safetensors.index.json', { metadata: {}, weight_map: options.weightMap ?? weightMap });
  return folder;
}
