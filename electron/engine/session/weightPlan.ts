/**
 * What is read to fill one rank: the target's and the drafter's parameters, and every rectangle of every file that goes
 * into them. The same rule tables decide that are shown in the plan.
 */
import type { LoadState } from '../../common/contract.ts';
import { type Dtype, outcomes, type ParallelConfig } from '../../common/domain.ts';
import { dtypeText } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import { requireWeights } from '../checkpoint/headersFile.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import type { NativeParameterSpec, NativeReadItem, NativeSourceFile, StoredDtype } from '../kernels/kernels.ts';
import { isReplacedByTarget } from '../loading/findings/finding.ts';
import { type LoadPlan, planLoad } from '../loading/loadPlan.ts';
import { readRectanglesOf } from '../loading/readRectangles.ts';
import { placeRank } from '../placement/expertPlacement.ts';
import { isSilentProblem } from './findings/problemFindings.ts';

type Group = LoadState['groups'][number];

export interface WeightPlan {
  readonly parallel: ParallelConfig;
  readonly parameters: readonly NativeParameterSpec[];
  readonly parameterBytes: number;
  /** Bytes of the MTP layers' own embedding and heads: among the parameters, or left out where they are shared. */
  readonly ownTableBytes: number;
  readonly sharesTables: boolean;
  /** Parameters that the files leave unfilled, wholly or in part. */
  readonly unfilled: { readonly target: readonly string[]; readonly drafter: readonly string[] };
  readonly files: readonly NativeSourceFile[];
  readonly items: readonly NativeReadItem[];
  /** Tensor of each item. */
  readonly tensorOfItem: Int32Array;
  /** Group of each tensor. */
  readonly groupOfTensor: Int32Array;
  readonly groups: readonly Pick<Group, 'id' | 'label' | 'kind' | 'tensors' | 'bytes'>[];
}

/** A model can be run here when one rank holds all of it. */
export function isWhole(parallel: ParallelConfig): boolean {
  return parallel.tensorParallelSize === 1 && parallel.dataParallelSize === 1;
}

const loadedGroups = [
  { id: 'target', label: 'Target model' },
  { id: 'drafter', label: 'MTP layers' },
  // The reference keeps one embedding for all MTP layers; the predictor `modules` uses each layer's own.
  { id: 'modulesOnly', label: 'MTP layers, own copies for the predictor "modules"' },
] as const;
const sharedGroup = { id: 'shared', label: "Shared with the target's: own embedding and head of MTP layers" } as const;

/**
 * @param drafterPlan the plan that is shown, for the reasons why tensors are left out
 * @param sharesTables MTP layers use the target's embedding and head, as they do in the reference once it has loaded: their own
 *   are neither allocated nor read
 * @throws FailureError the checkpoint's first problem that stops the reference, planHasErrors, notRunnable (a dtype that can't be read)
 */
export function planWeights(checkpoint: Checkpoint, drafterPlan: LoadPlan, sharesTables = false): WeightPlan {
  refuseProblems(checkpoint, drafterPlan);
  const { config, tensors } = checkpoint;
  const { parallel } = drafterPlan.input;
  const placement = placeRank(config, parallel);
  const target = planLoad({ tensors, config, parallel, placement, kind: 'target' });
  const drafter = !hasMtpLayers(checkpoint)
    ? null
    : isWhole(parallel)
      ? planLoad({ tensors, config, parallel, placement, kind: 'drafterModules' })
      : drafterPlan;
  refuseErrors(target);
  if (drafter !== null) refuseErrors(drafter);

  const parameters: NativeParameterSpec[] = [];
  let parameterBytes = 0;
  let ownTableBytes = 0;
  /** Of each plan: where its parameters are among all; -1 = left out. */
  const placesOf = new Map<LoadPlan, Int32Array>();
  for (const [plan, prefix] of [
    [target, 'target/'],
    [drafter, 'mtp/'],
  ] as const) {
    if (plan === null) continue;
    const places = new Int32Array(plan.parameters.length).fill(-1);
    placesOf.set(plan, places);
    for (const [at, { name, dtype, shape, bytes }] of plan.parameters.entries()) {
      const ownTable = plan === drafter && isReplacedByTarget(name);
      if (ownTable) ownTableBytes += bytes;
      if (ownTable && sharesTables) continue;
      places[at] = parameters.length;
      parameters.push({ name: prefix + name, dtype: storedDtype(dtype, name), shape });
      parameterBytes += bytes;
    }
  }

  const items: NativeReadItem[] = [];
  const tensorOfItem: number[] = [];
  const groupOfTensor = new Int32Array(tensors.length);
  const groups = new GroupCounter(drafterPlan, target);
  const loaded = outcomes.indexOf('loaded');
  tensors.forEach((tensor, at) => {
    const plan = [target, drafter].find((candidate) => candidate?.columns.outcome[at] === loaded) ?? null;
    const bytes = tensor.end - tensor.begin;
    if (plan === null) {
      groupOfTensor[at] = groups.countLeftOut(at, bytes);
      return;
    }
    const placeOf = (parameter: number) => placesOf.get(plan)?.[parameter] ?? -1;
    const parameterAt = plan.columns.parameter[at] ?? -1;
    if (parameterAt >= 0 && placeOf(parameterAt) < 0) {
      groupOfTensor[at] = groups.countShared(bytes);
      return;
    }
    const id = plan === target ? 'target' : drafterPlan.columns.outcome[at] === loaded ? 'drafter' : 'modulesOnly';
    groupOfTensor[at] = groups.countLoaded(id, bytes);
    const wanted = plan.parameters[parameterAt]?.dtype ?? tensor.dtype;
    if (!canConvert(tensor.dtype, wanted)) {
      throw new FailureError(
        'notRunnable',
        `${tensor.name} is stored as ${dtypeText(tensor)}, but its parameter is ${wanted}: that is not converted here.`,
        { hint: 'Compare quantization_config in config.json with how the weights are stored.' },
      );
    }
    for (const { srcByteOffset, parameter, ...rectangle } of readRectanglesOf(plan, at)) {
      tensorOfItem.push(at);
      items.push({
        ...rectangle,
        file: tensor.file,
        fileOffset: tensor.begin + srcByteOffset,
        parameter: placeOf(parameter),
        srcDtype: storedDtype(tensor.dtype, tensor.name),
      });
    }
  });
  return {
    parallel,
    parameters,
    parameterBytes,
    ownTableBytes,
    sharesTables,
    unfilled: {
      target: unfilledOf(target),
      drafter:
        drafter === null ? [] : unfilledOf(drafter).filter((name) => !(sharesTables && isReplacedByTarget(name))),
    },
    files: checkpoint.files.map(({ path, bytes, mtimeNs }) => ({
      path,
      expectedBytes: bytes,
      expectedMtimeNs: mtimeNs,
    })),
    items,
    tensorOfItem: Int32Array.from(tensorOfItem),
    groupOfTensor,
    groups: groups.groups(),
  };
}

function refuseProblems(checkpoint: Checkpoint, plan: LoadPlan): void {
  requireWeights(checkpoint);
  const problem = checkpoint.problems.find(({ code }) => !isSilentProblem(code));
  if (problem !== undefined) throw new FailureError(problem.code, problem.message, problem);
  if (hasMtpLayers(checkpoint)) refuseErrors(plan);
}

/** Without any, there is nothing to draft with, and the target alone is loaded. */
function hasMtpLayers(checkpoint: Checkpoint): boolean {
  return (checkpoint.config.numNextnPredictLayers ?? 0) > 0;
}

function refuseErrors(plan: LoadPlan): void {
  const error = plan.initError ?? plan.firstError;
  if (error === null) {
    if (!plan.strictCheckRaises) return;
    // Embedding and heads are the target's at run time, so their absence stops the reference's check and nothing here.
    const [first, ...others] = plan.strictCheckMissing.filter((name) => !isReplacedByTarget(name));
    if (first === undefined) return;
    throw new FailureError(
      'planHasErrors',
      `After loading, the reference raises ValueError: no tensor of the checkpoint fills ${first}${others.length > 0 ? ` and ${others.length} more` : ''}.`,
      { hint: 'Download the files again, or compare config.json with the original.' },
    );
  }
  if (plan.initError !== null) {
    throw new FailureError('planHasErrors', `The model can't be built: ${error.type}: ${error.message}`, {
      hint: 'Choose another set-up, or compare config.json with the original.',
    });
  }
  const at = plan.firstError?.at ?? null;
  throw new FailureError(
    'planHasErrors',
    `The reference loader raises ${error.type}${at === null ? '' : ` at ${at}`}: ${error.message}`,
  );
}

function unfilledOf(plan: LoadPlan): string[] {
  return [...plan.neverLoaded, ...plan.partiallyLoaded];
}

const storedDtypes: readonly StoredDtype[] = ['F32', 'F16', 'BF16', 'F8_E4M3', 'I32', 'I64', 'U8'];

function storedDtype(dtype: Dtype, name: string): StoredDtype {
  const stored = storedDtypes.find((candidate) => candidate === dtype);
  if (stored === undefined) throw new FailureError('notRunnable', `${name} is ${dtype}, which is not read here.`);
  return stored;
}

/** Numbers are widened and rounded on the way, but never quantised. */
function canConvert(from: Dtype, to: Dtype): boolean {
  const floats: readonly Dtype[] = ['F32', 'F16', 'BF16'];
  return from === to || (floats.includes(to) && (floats.includes(from) || from === 'F8_E4M3'));
}

/** Tensors and bytes per group, groups in the order of the list and then by rule. */
class GroupCounter {
  readonly #drafter: LoadPlan;
  readonly #target: LoadPlan;
  readonly #groups: { id: string; label: string; kind: Group['kind']; tensors: number; bytes: number }[];
  readonly #indexOf = new Map<string, number>();

  constructor(drafter: LoadPlan, target: LoadPlan) {
    this.#drafter = drafter;
    this.#target = target;
    this.#groups = loadedGroups.map(({ id, label }) => ({ id, label, kind: 'loaded', tensors: 0, bytes: 0 }));
    this.#groups.forEach(({ id }, at) => {
      this.#indexOf.set(id, at);
    });
  }

  countLoaded(id: (typeof loadedGroups)[number]['id'], bytes: number): number {
    return this.#count(this.#indexOf.get(id) ?? 0, bytes);
  }

  countLeftOut(tensor: number, bytes: number): number {
    // What is no MTP layer's is left out, if at all, for the target's reason.
    const ofDrafter = this.#drafter.rules[this.#drafter.columns.rule[tensor] ?? 0];
    const rule =
      ofDrafter?.id === 'skip:not_an_mtp_layer'
        ? this.#target.rules[this.#target.columns.rule[tensor] ?? 0]
        : ofDrafter;
    const id = rule?.id ?? 'unknown';
    return this.#count(this.#indexFor({ id, label: rule?.explain ?? '', kind: rule?.outcome ?? 'skipped' }), bytes);
  }

  countShared(bytes: number): number {
    return this.#count(this.#indexFor({ ...sharedGroup, kind: 'skipped' }), bytes);
  }

  #indexFor(group: Pick<Group, 'id' | 'label' | 'kind'>): number {
    let at = this.#indexOf.get(group.id);
    if (at === undefined) {
      at = this.#groups.length;
      this.#indexOf.set(group.id, at);
      this.#groups.push({ ...group, tensors: 0, bytes: 0 });
    }
    return at;
  }

  /** Empty groups are kept: their numbers are the groups' positions. */
  groups(): WeightPlan['groups'] {
    return this.#groups;
  }

  #count(at: number, bytes: number): number {
    const group = this.#groups[at];
    if (group !== undefined) {
      group.tensors++;
      group.bytes += bytes;
    }
    return at;
  }
}
