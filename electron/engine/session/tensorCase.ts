/** Plans a loading case that has no files: what `plan --tensors CASE.json` runs. */
import { dtypeBytes, type ParallelConfig, type QuantizationConfig, type Tensor } from '../../common/domain.ts';
import { dtypeNamed } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import { type TensorCase, tensorCaseSchema } from '../../common/tensorCase.ts';
import { tolerantConfig } from '../checkpoint/tolerantConfig.ts';
import { withPlaceholders } from '../loading/configAttributes.ts';
import { type LoadPlan, type PlanInput, planLoad } from '../loading/loadPlan.ts';
import { placeRank } from '../placement/expertPlacement.ts';

/** @throws FailureError badOption: names the field that is wrong */
export function parseTensorCase(value: unknown): TensorCase {
  const parsed = tensorCaseSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new FailureError('badOption', `The case is not valid: ${where}${issue?.message ?? 'unknown'}.`, {
    hint: 'It holds config, parallel, quant and tensors as the recorded loading cases do.',
  });
}

/** @param changes parts of the input that are given instead */
export function planTensorCase(given: TensorCase, changes: Partial<PlanInput> = {}): LoadPlan {
  const config = { ...tolerantConfig(withPlaceholders(given.config)), raw: given.config };
  const parallel = parallelOf(given.parallel);
  return planLoad({
    tensors: tensorsOf(given.tensors),
    config,
    parallel,
    placement: placeRank(config, parallel),
    kind: 'drafter',
    isWholeConfig: true,
    quantization: quantizationOf(given.quant),
    packedModules: given.quant.packed_modules_mapping,
    ...changes,
  });
}

/** The recorded cases fill element i of tensor n with ((7 i + n) mod 13) + 1; copies of scalars are told as fills. */
export function recordedScalar(tensor: number): number {
  return (tensor % 13) + 1;
}

export function tensorsOf(
  list: readonly Readonly<Record<'name' | 'dtype', string> & Pick<Tensor, 'shape'>>[],
): Tensor[] {
  let begin = 0;
  return list.map(({ name, shape, dtype }) => {
    const type = dtypeNamed(dtype);
    const bytes = shape.reduce((product, size) => product * size, 1) * dtypeBytes[type.dtype];
    const tensor = { name, shape, ...type, file: 0, begin, end: begin + bytes };
    begin += bytes;
    return tensor;
  });
}

/** @throws FailureError badOption */
function parallelOf(given: TensorCase['parallel']): ParallelConfig {
  if (given.tp_rank >= given.tp_size || given.dp_rank >= given.dp_size) {
    throw new FailureError('badOption', 'The case names a rank that its parallel sizes do not have.');
  }
  return {
    tensorParallelSize: given.tp_size,
    dataParallelSize: given.dp_size,
    enableExpertParallel: given.enable_expert_parallel,
    expertPlacementStrategy: given.expert_placement_strategy === 'round_robin' ? 'roundRobin' : 'linear',
    rank: given.dp_rank * given.tp_size + given.tp_rank,
    all2allBackend: given.all2all_backend,
    enableEplb: given.enable_eplb,
    numRedundantExperts: given.num_redundant_experts,
    aiterFusedMoe: given.aiter_fused_moe,
    aiterFusedSharedExperts: given.aiter_fused_shared_experts,
    useMla: given.use_mla,
  };
}

function quantizationOf(given: TensorCase['quant']): QuantizationConfig {
  const methods = { none: 'none', fp8_block: 'fp8Block', fp8_tensor: 'fp8Tensor' } as const;
  return {
    method: methods[given.method],
    declared: given.method === 'none' ? null : 'fp8',
    weightBlockSize: given.weight_block_size ?? null,
    activationScheme: given.activation_scheme,
    ignoredLayers: given.ignored_layers,
  };
}
