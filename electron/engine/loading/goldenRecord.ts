/** A plan in the words and fields of the recorded traces of the reference loader; what `plan --json` prints. */
import type { Finding } from '../../common/contract.ts';
import type { Box, Copy, ParallelConfig, RaisedError, SlotId, Tensor } from '../../common/domain.ts';
import { singleRank } from '../../common/domain.ts';
import { dtypeText } from '../../common/dtypeName.ts';
import { sameShape } from './boxes.ts';
import type { PlanVerdict } from './findings/verdict.ts';
import { type LoadPlan, planLoad } from './loadPlan.ts';
import type { LoaderCall } from './loadRule.ts';
import { traceTensor } from './loadTrace.ts';
import { isMoeLayer } from './modelParameters.ts';
import { product } from './parameterSpec.ts';
import { targetPackedModules } from './quantScheme.ts';
import { Rows } from './rows.ts';
import { loaderName } from './weightLoaders.ts';

export interface GoldenRecordOptions {
  readonly caseName?: string;
  readonly note?: string;
  /** Value of a tensor of one element, where it can be read: copies of scalars are recorded as fills. */
  readonly scalarOf?: (tensor: number) => number;
}

type Json = Record<string, unknown>;

/** Release and commit whose loader the records describe. */
const referenceCommit = 'v0.16.0 89a77b10846fd96273cce78d86d2556ea582d26e';

/** Model types whose drafter config is rewritten before the class is chosen. */
const rewrittenModelTypes: readonly string[] = ['deepseek_v3', 'deepseek_v32', 'glm_moe_dsa'];

/**
 * The record of a drafter plan, with `tensors` and `events` as Rows: the state in which the reference stops. Tensors after its error follow with
 * `after_error`, and what going on would give stands in `if_continued`.
 */
export function toGoldenRecord(plan: LoadPlan, options: GoldenRecordOptions = {}): Json {
  const { firstError, initError, input } = plan;
  const head: Json = {
    ...(options.caseName === undefined ? {} : { case: options.caseName }),
    note: options.note ?? '',
    vllm: referenceCommit,
    config: rewrittenConfig(plan),
    parallel: parallelRecord(input.parallel),
    quant: quantRecord(plan),
    init_error: initError === null ? null : errorRecord(initError),
    error: firstError === null ? null : { at: firstError.at, ...errorRecord(firstError) },
    if_continued: null,
    tensors: initError === null ? new Rows(() => tensorRecords(input.tensors)) : [],
    events: [],
  };
  if (initError !== null) return head;
  // What the reference has done when it stops: the tensors up to the failing one.
  const done =
    firstError === null ? plan : planLoad({ ...input, tensors: input.tensors.slice(0, firstError.tensor + 1) });
  return {
    ...head,
    events: new Rows(() => eventRecords(plan, done, options)),
    ...summaryRecord(done),
    ...(firstError === null ? {} : { if_continued: summaryRecord(plan) }),
    ...moeRecords(plan),
  };
}

/** @param done the plan up to where the reference stops; the tensors after it are those of `plan` */
function* eventRecords(plan: LoadPlan, done: LoadPlan, options: GoldenRecordOptions): Generator<Json> {
  const seen = new Set<string | null>();
  const stop = done.input.tensors.length;
  for (const index of plan.input.tensors.keys()) {
    const event = eventRecord(index < stop ? done : plan, index, seen, options);
    yield index < stop ? event : { ...event, after_error: true };
  }
}

function* tensorRecords(tensors: readonly Tensor[]): Generator<Json> {
  for (const tensor of tensors) yield tensorRecord(tensor);
}

/** What is loaded and what is reported once all tensors of the plan are through. */
function summaryRecord(done: LoadPlan): Json {
  const names = [...done.reportedNames].sort();
  const parameterNames = new Set(done.table.parameters.map(({ name }) => name));
  return {
    loaded_params: names,
    loaded_params_contains_none: done.reportedNone,
    loaded_params_not_a_param: names.filter((name) => !parameterNames.has(name)),
    params: done.table.parameters.map(({ name, shape, dtype, referenceClass, numel }, index) => ({
      name,
      shape,
      dtype,
      class: referenceClass,
      covered: done.parameters[index]?.covered ?? 0,
      numel,
    })),
    never_loaded: done.neverLoaded,
    partially_loaded: done.partiallyLoaded,
    strict_check_missing: done.strictCheckMissing,
  };
}

/** What the records do not say: the verdict, the findings and the endings. */
export function draftscopeExtras(plan: LoadPlan, verdict: PlanVerdict, findings: readonly Finding[]): Json {
  const { rules } = plan;
  return {
    verdict: verdictRecord(verdict),
    findings: findings.map((finding) => ({ ...finding, evidence: finding.evidence.map(({ text }) => text) })),
    rules: rules.map(({ id, outcome, tensors, bytes }) => ({ id, outcome, tensors, bytes })),
    totals: plan.totals,
    strict_check_raises: plan.strictCheckRaises,
  };
}

export function verdictRecord({ level, sentence, reference, newerVersions }: PlanVerdict): Json {
  return { level, sentence, reference, newer_versions: newerVersions };
}

function errorRecord({ type, message }: RaisedError): Json {
  return { type, message };
}

function rewrittenConfig({ input }: LoadPlan): Json {
  const { raw, modelType } = input.config;
  return rewrittenModelTypes.includes(modelType) ? { ...raw, model_type: 'deepseek_mtp' } : { ...raw };
}

/** Sizes and ranks always; options where they are not at their default. */
function parallelRecord(parallel: ParallelConfig): Json {
  const { tensorParallelSize: tpSize, dataParallelSize: dpSize, rank } = parallel;
  const differs = <K extends keyof ParallelConfig>(key: K, name: string, value: unknown = parallel[key]): Json =>
    parallel[key] === singleRank[key] ? {} : { [name]: value };
  return {
    tp_size: tpSize,
    tp_rank: rank % tpSize,
    ...(dpSize === 1 ? {} : { dp_size: dpSize, dp_rank: Math.floor(rank / tpSize) }),
    ...differs('enableExpertParallel', 'enable_expert_parallel'),
    ...differs('expertPlacementStrategy', 'expert_placement_strategy', 'round_robin'),
    ...differs('all2allBackend', 'all2all_backend'),
    ...differs('enableEplb', 'enable_eplb'),
    ...differs('numRedundantExperts', 'num_redundant_experts'),
    ...differs('aiterFusedMoe', 'aiter_fused_moe'),
    ...differs('aiterFusedSharedExperts', 'aiter_fused_shared_experts'),
    ...differs('useMla', 'use_mla'),
  };
}

function quantRecord({ quantization, packedModules, input }: LoadPlan): Json {
  const { method, activationScheme, weightBlockSize, ignoredLayers } = quantization;
  if (method === 'none') return { method };
  if (method === 'other') return { method: quantization.declared };
  const usual = Object.keys(targetPackedModules(input.config.qLoraRank !== null));
  const mapped = Object.keys(packedModules).length > 0 && ignoredLayers.length > 0;
  return {
    method: method === 'fp8Block' ? 'fp8_block' : 'fp8_tensor',
    ...(weightBlockSize === null ? {} : { weight_block_size: [...weightBlockSize] }),
    activation_scheme: activationScheme,
    ...(mapped && usual.length > 0 ? { packed_modules_mapping: packedModules } : {}),
    ...(ignoredLayers.length === 0 ? {} : { ignored_layers: [...ignoredLayers] }),
  };
}

function eventRecord(plan: LoadPlan, index: number, seen: Set<string | null>, options: GoldenRecordOptions): Json {
  const trace = traceTensor(plan, index);
  const added = trace.reported !== undefined && !seen.has(trace.reported) ? [trace.reported] : [];
  for (const name of added) seen.add(name);
  return {
    name: trace.name,
    ...(trace.rewritten === null ? {} : { spec_layer: trace.specLayer, rewritten: trace.rewritten }),
    path: trace.path,
    ...(trace.calls.length === 0 ? {} : { calls: trace.calls.map((call) => callRecord(plan, index, call, options)) }),
    outcome: trace.outcome,
    rule: trace.ending,
    loaded_params_added: added,
  };
}

function callRecord(plan: LoadPlan, index: number, call: LoaderCall, options: GoldenRecordOptions): Json {
  const parameter = plan.table.parameters[call.parameter];
  if (parameter === undefined) return {};
  const isExpert = call.expertId !== null;
  const tensorShape = plan.input.tensors[index]?.shape ?? [];
  const asFill = parameter.loader.kind === 'default' && parameter.numel === 1 && product(call.weightShape) === 1;
  return {
    param: parameter.name,
    loader: loaderName(parameter),
    weight_shape: call.weightShape,
    ...(call.shard === null ? {} : { shard_id: call.shard satisfies SlotId }),
    ...(isExpert ? { expert_id: call.expertId } : {}),
    ...(call.chunk === null || sameShape(call.weightShape, tensorShape) ? {} : { chunk: call.chunk }),
    ...(call.error === null ? (isExpert ? { success: call.success } : {}) : { error: errorRecord(call.error) }),
    copies: call.copies.map((copy) =>
      asFill && options.scalarOf !== undefined ? fillRecord(copy.dst, options.scalarOf(index)) : copyRecord(copy),
    ),
  };
}

function copyRecord({ dst, src, fill }: Copy): Json {
  return src === undefined ? { dst, fill } : { dst, src };
}

function fillRecord(dst: Box, fill: number): Json {
  return { dst, fill };
}

/** Values of the first expert layer and the model object's bookkeeping. */
function moeRecords({ input }: LoadPlan): Json {
  const { config, placement, parallel } = input;
  const { experts } = placement;
  const first = config.numHiddenLayers;
  const numLayers = config.numNextnPredictLayers ?? 0;
  const hasMoe = Array.from({ length: numLayers }, (_, at) => first + at).some((layer) => isMoeLayer(config, layer));
  const moe = {
    use_ep: experts.useExpertParallel,
    ep_size: experts.epSize,
    ep_rank: experts.epRank,
    tp_size: experts.moeTpSize,
    tp_rank: experts.moeTpRank,
    global_num_experts: experts.numPhysicalExperts,
    logical_num_experts: experts.numLogicalExperts,
    local_num_experts: placement.numLocalExperts,
    placement: experts.policy === 'linear' ? 'linear' : 'round_robin',
    expert_map: experts.expertMap,
    num_fused_shared_experts: placement.numFusedSharedExperts,
    expert_mask: placement.expertMask,
  };
  const whenMoe = <T>(value: T): T | 0 => (hasMoe ? value : 0);
  return {
    ...(hasMoe ? { moe } : {}),
    model_attrs: {
      num_moe_layers: whenMoe(numLayers),
      num_expert_groups: whenMoe(config.nGroup),
      num_logical_experts: whenMoe(experts.numLogicalExperts),
      num_physical_experts: whenMoe(experts.numPhysicalExperts),
      num_local_physical_experts: whenMoe(placement.numLocalPhysicalExperts),
      num_routed_experts: whenMoe(experts.numLogicalExperts),
      num_shared_experts: whenMoe(config.nSharedExperts),
      num_redundant_experts: whenMoe(parallel.numRedundantExperts),
    },
  };
}

/** Shape and dtype are null where no header could be read. */
function tensorRecord(tensor: Tensor): Json {
  const { name, shape, file } = tensor;
  return file < 0 ? { name, shape: null, dtype: null } : { name, shape, dtype: dtypeText(tensor) };
}
