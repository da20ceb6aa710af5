/** What every rank holds and takes, counted without planning every rank. */
import type { ModelConfig, ParallelConfig, QuantizationConfig, RankPlacement } from '../../common/domain.ts';
import { type ByteKind, byteKinds } from '../../common/schemas/placement.ts';
import { isRaised } from './boxes.ts';
import type { LoadPlan } from './loadPlan.ts';
import { buildParameters, type TableKind } from './modelParameters.ts';
import type { ParameterSpec, ParameterTable } from './parameterSpec.ts';
import type { PackedModules } from './quantScheme.ts';

export interface RankBytesInput {
  readonly kind: TableKind;
  readonly config: ModelConfig;
  readonly parallel: ParallelConfig;
  readonly quantization: QuantizationConfig;
  readonly packedModules: PackedModules;
  /** The placement of each rank, asked for in order. */
  readonly placements: Iterable<RankPlacement>;
  readonly numRanks: number;
  /** Whether the checkpoint holds a tensor; only asked for drafterModules. Left out: it holds none. */
  readonly hasTensor?: (name: string) => boolean;
}

export interface RankBytes {
  /** [ranks, byteKinds]; zeros where the parameters can't be built. */
  readonly bytes: Float64Array;
  /** [ranks] */
  readonly total: Float64Array;
  /** Bytes of one routed expert over all layers, whole; 0 = the model has none or can't be built. */
  readonly expertBytes: number;
  readonly errors: readonly { readonly type: string; readonly message: string; readonly ranks: readonly number[] }[];
}

/** Parameter memory of every rank by kind. Ranks of the same shape share one parameter table. */
export function bytesOfRanks(input: RankBytesInput): RankBytes {
  const { numRanks, kind, config, parallel, quantization, packedModules, hasTensor = () => false } = input;
  const bytes = new Float64Array(numRanks * byteKinds.length);
  const total = new Float64Array(numRanks);
  const errors = new Map<string, { type: string; message: string; ranks: number[] }>();
  const rows = new Map<string, { readonly row: Float64Array; readonly expertBytes: number } | null>();
  let expertBytes = 0;
  let rank = 0;
  for (const placement of input.placements) {
    // Shapes depend on the rank through nothing else: cuts are of one size on every rank.
    const shape = `${placement.numLocalExperts} ${placement.expertError?.message ?? ''}`;
    let found = rows.get(shape);
    if (found === undefined) {
      const useMla = parallel.useMla && config.kvLoraRank !== null;
      const model = { config, placement, useMla, quantization, packedModules, hasTensor };
      const table = buildParameters(kind, model);
      if (isRaised(table)) errors.set(shape, { ...table, ranks: [] });
      found = isRaised(table) ? null : { row: bytesByKind(table), expertBytes: wholeExpertBytes(table, placement) };
      rows.set(shape, found);
    }
    if (found === null) errors.get(shape)?.ranks.push(rank);
    else {
      bytes.set(found.row, rank * byteKinds.length);
      total[rank] = found.row.reduce((sum, value) => sum + value, 0);
      expertBytes = Math.max(expertBytes, found.expertBytes);
    }
    rank++;
  }
  return { bytes, total, expertBytes, errors: [...errors.values()] };
}

function bytesByKind(table: ParameterTable): Float64Array {
  const sums = new Float64Array(byteKinds.length);
  for (const parameter of table.parameters) {
    const at = byteKinds.indexOf(kindOf(parameter));
    sums[at] = (sums[at] ?? 0) + parameter.bytes;
  }
  return sums;
}

function wholeExpertBytes(table: ParameterTable, { experts }: RankPlacement): number {
  let sum = 0;
  for (const { expertRows, bytes } of table.parameters)
    if (expertRows !== null && expertRows > 0) sum += (bytes / expertRows) * experts.moeTpSize;
  return sum;
}

/** What a parameter is, from its name in the reference. */
export function kindOf({ name, expertRows }: Pick<ParameterSpec, 'name' | 'expertRows'>): ByteKind {
  if (/_scale(_inv)?$/.test(name)) return 'scales';
  if (expertRows !== null) return 'routedExperts';
  if (name.includes('.shared_experts.')) return 'sharedExperts';
  if (name.includes('.mlp.gate.')) return 'router';
  if (name.includes('.eh_proj.')) return 'ehProj';
  if (name.includes('embed_tokens.')) return 'embedding';
  if (name.includes('shared_head.head.') || name.includes('lm_head.')) return 'head';
  if (/norm\.(weight|bias)$/.test(name)) return 'norms';
  return name.includes('.self_attn.') ? 'attention' : 'denseMlp';
}

/** Largest by mean; 1 = even, or nothing to compare. */
export function imbalanceOf(totals: Float64Array): number {
  let sum = 0;
  let most = 0;
  for (const value of totals) {
    sum += value;
    most = Math.max(most, value);
  }
  return sum > 0 ? Math.max(1, (most * totals.length) / sum) : 1;
}

export interface RankTensors {
  /** [ranks] */
  readonly loaded: Int32Array;
  readonly loadedBytes: Float64Array;
  readonly elsewhere: Int32Array;
}

/** The expert rows of all ranks, as far as they are needed here. */
export interface LoadedRows {
  readonly start: Int32Array;
  /** Expert whose weights are put into the row: logical, from numLogicalExperts on a shared one; -1 = none. */
  readonly loaded: Int32Array;
}

/**
 * Tensors that the rules send to each rank, from the plan of one of them: ranks differ in the experts that they hold
 * and in nothing else. Tensors that would fail are counted nowhere.
 */
export function tensorsOfRanks(plan: LoadPlan, { start, loaded }: LoadedRows): RankTensors | null {
  if (plan.initError !== null) return null;
  const { numLogicalExperts } = plan.input.placement.experts;
  const numRanks = start.length - 1;
  // The last entry is for shared experts that are loaded as routed ones: any of their rows makes a rank take them.
  const ofExpert = { tensors: new Float64Array(numLogicalExperts + 1), bytes: new Float64Array(numLogicalExperts + 1) };
  const everywhere = { tensors: 0, bytes: 0 };
  const isExpertEnding = plan.rules.map(({ id }) => id === 'expert' || id === 'skip:expert_not_on_this_rank');
  let spread = 0;
  for (const [index, tensor] of plan.input.tensors.entries()) {
    const rule = plan.columns.rule[index] ?? 0;
    const bytes = tensor.end - tensor.begin;
    if (isExpertEnding[rule]) {
      const expert = plan.columns.expert[index] ?? -1;
      const at = expert < 0 ? numLogicalExperts : Math.min(expert, numLogicalExperts);
      ofExpert.tensors[at] = (ofExpert.tensors[at] ?? 0) + 1;
      ofExpert.bytes[at] = (ofExpert.bytes[at] ?? 0) + bytes;
      spread++;
    } else if (plan.columns.outcome[index] === 0) {
      everywhere.tensors++;
      everywhere.bytes += bytes;
    }
  }
  const result = {
    loaded: new Int32Array(numRanks).fill(everywhere.tensors),
    loadedBytes: new Float64Array(numRanks).fill(everywhere.bytes),
    elsewhere: new Int32Array(numRanks),
  };
  for (let rank = 0; rank < numRanks; rank++) {
    const here = new Set<number>();
    for (let at = start[rank] ?? 0; at < (start[rank + 1] ?? 0); at++)
      here.add(Math.min(loaded[at] ?? -1, numLogicalExperts));
    let own = 0;
    let ownBytes = 0;
    for (const expert of here) {
      own += ofExpert.tensors[expert] ?? 0;
      ownBytes += ofExpert.bytes[expert] ?? 0;
    }
    result.loaded[rank] = everywhere.tensors + own;
    result.loadedBytes[rank] = everywhere.bytes + ownBytes;
    result.elsewhere[rank] = spread - own;
  }
  return result;
}
