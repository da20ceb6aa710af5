/** Reads the recorded traces of the reference loader and plans the same input. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dtype, ParallelConfig, QuantizationConfig, Tensor } from '../../../../electron/common/domain.ts';
import { dtypeBytes, singleRank } from '../../../../electron/common/domain.ts';
import { configFromJson } from '../../../../electron/engine/checkpoint/modelConfig.ts';
import { toGoldenRecord } from '../../../../electron/engine/loading/goldenRecord.ts';
import { type LoadPlan, type PlanInput, planLoad } from '../../../../electron/engine/loading/loadPlan.ts';
import { placeRank } from '../../../../electron/engine/placement/expertPlacement.ts';

export interface GoldenCase {
  readonly case: string;
  readonly note: string;
  readonly config: Record<string, unknown>;
  readonly parallel: Record<string, unknown>;
  readonly quant: Record<string, unknown>;
  readonly init_error: { readonly type: string } | null;
  readonly error: { readonly at: string | null; readonly type: string } | null;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: Dtype }[];
  readonly events: readonly {
    readonly name: string;
    readonly path: readonly string[];
    readonly outcome: string;
    readonly rule: string;
  }[];
  readonly [field: string]: unknown;
}

const goldenFolder = join(import.meta.dirname, '../../../golden');

export function readGolden<T>(folder: 'load' | 'math', file: string): T {
  return JSON.parse(gunzipSync(readFileSync(join(goldenFolder, folder, file))).toString('utf8')) as T;
}

export function goldenNames(): string[] {
  return readdirSync(join(goldenFolder, 'load'))
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => file.replace('.json.gz', ''))
    .sort();
}

export function readCase(name: string): GoldenCase {
  return readGolden<GoldenCase>('load', `${name}.json.gz`);
}

export function tensorsFrom(list: GoldenCase['tensors']): Tensor[] {
  let begin = 0;
  return list.map(({ name, shape, dtype }) => {
    const bytes = shape.reduce((product, size) => product * size, 1) * dtypeBytes[dtype];
    const tensor = { name, shape, dtype, file: 0, begin, end: begin + bytes };
    begin += bytes;
    return tensor;
  });
}

export function parallelFrom(record: Record<string, unknown>): ParallelConfig {
  const number = (key: string, fallback: number) => Number(record[key] ?? fallback);
  const tensorParallelSize = number('tp_size', 1);
  return {
    tensorParallelSize,
    dataParallelSize: number('dp_size', 1),
    enableExpertParallel: record.enable_expert_parallel === true,
    expertPlacementStrategy: record.expert_placement_strategy === 'round_robin' ? 'roundRobin' : 'linear',
    rank: number('dp_rank', 0) * tensorParallelSize + number('tp_rank', 0),
    all2allBackend: String(record.all2all_backend ?? singleRank.all2allBackend),
    enableEplb: record.enable_eplb === true,
    numRedundantExperts: number('num_redundant_experts', 0),
    aiterFusedMoe: record.aiter_fused_moe === true,
    aiterFusedSharedExperts: record.aiter_fused_shared_experts === true,
    useMla: record.use_mla !== false,
  };
}

function quantizationFrom(record: Record<string, unknown>): QuantizationConfig {
  const block = record.weight_block_size as [number, number] | undefined;
  return {
    method: record.method === 'fp8_block' ? 'fp8Block' : record.method === 'fp8_tensor' ? 'fp8Tensor' : 'none',
    declared: record.method === 'none' ? null : 'fp8',
    weightBlockSize: block ?? null,
    activationScheme: record.activation_scheme === 'static' ? 'static' : 'dynamic',
    ignoredLayers: (record.ignored_layers as string[] | undefined) ?? [],
  };
}

export function planCase(golden: GoldenCase, changes: Partial<PlanInput> = {}): LoadPlan {
  const config = configFromJson(golden.config);
  const parallel = parallelFrom(golden.parallel);
  return planLoad({
    tensors: tensorsFrom(golden.tensors),
    config,
    parallel,
    placement: placeRank(config, parallel),
    kind: 'drafter',
    quantization: quantizationFrom(golden.quant),
    packedModules: (golden.quant.packed_modules_mapping as Record<string, string[]> | undefined) ?? {},
    ...changes,
  });
}

/** The record of our plan of a case, as it would stand in a file. */
export function recordOf(golden: GoldenCase, changes: Partial<PlanInput> = {}): Record<string, unknown> {
  const record = toGoldenRecord(planCase(golden, changes), {
    caseName: golden.case,
    note: golden.note,
    scalarOf: syntheticScalar,
  });
  return JSON.parse(JSON.stringify(record)) as Record<string, unknown>;
}

/** Element 0 of the n-th synthetic tensor, as the recording made it. */
function syntheticScalar(tensor: number): number {
  return (tensor % 13) + 1;
}

/** checkpoint_options says how the recording made its tensors; the tensors themselves are compared. */
const informationOnly = ['checkpoint_options'];

function withoutMessages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMessages);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'message');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutMessages(inner)]));
}

/** A record without what is information only and without the texts of errors, which are ours. */
export function comparable(record: Record<string, unknown> | GoldenCase): unknown {
  const entries = Object.entries(record).filter(([key]) => !informationOnly.includes(key));
  return withoutMessages(Object.fromEntries(entries));
}
