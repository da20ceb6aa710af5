/** Every tensor of a checkpoint through the rule table of one rank: what would be loaded where, skipped, or fail. */
import {
  type ModelConfig,
  type Outcome,
  outcomes,
  type ParallelConfig,
  type Parameter,
  type QuantizationConfig,
  type RaisedError,
  type RankPlacement,
  type SlotId,
  type Tensor,
} from '../../common/domain.ts';
import { isRaised } from './boxes.ts';
import { type EndingCount, EndingCounter, type Totals } from './endingCounter.ts';
import { anotherFamilyRule } from './families/anotherFamilyRule.ts';
import type { OtherFamily } from './families/families.ts';
import { endings, type LoadRule, type RuleContext, runRules } from './loadRule.ts';
import { buildParameters, type TableKind } from './modelParameters.ts';
import { mtpModuleRules, mtpRules } from './mtpRules.ts';
import { nameSkips } from './nameSkips.ts';
import type { ParameterTable } from './parameterSpec.ts';
import { type OddSlots, PlanSummary } from './planSummary.ts';
import { type PackedModules, targetPackedModules } from './quantScheme.ts';
import { makeContext } from './ruleContext.ts';
import { CoverageTracker, type SlotSummary } from './slotCoverage.ts';
import { targetRules } from './targetRules.ts';
import { emptyState, restart } from './tensorState.ts';
import { withUnmodelledQuantization } from './unmodelledQuantization.ts';

export type { TableKind } from './modelParameters.ts';

/** Texts of the slot column, by its values. */
export const slotNames: readonly string[] = ['', '0', '1', 'w1', 'w2', 'w3'];
const slotCodes: readonly SlotId[] = [null, 0, 1, 'w1', 'w2', 'w3'];

export interface PlanInput {
  readonly tensors: readonly Tensor[];
  readonly config: ModelConfig;
  readonly parallel: ParallelConfig;
  readonly placement: RankPlacement;
  readonly kind: TableKind;
  /** Instead of the config's own. */
  readonly quantization?: QuantizationConfig;
  /** Instead of what the target model leaves behind. */
  readonly packedModules?: PackedModules;
  /** Given: the checkpoint is of another family, and nothing is built or mapped. */
  readonly otherFamily?: OtherFamily | null;
  /** The config is the reference's config object itself, and absent keys have no default there. */
  readonly isWholeConfig?: boolean;
  /** Instead of the table's own rules. */
  readonly rules?: readonly LoadRule[];
}

export interface PlannedParameter extends Parameter {
  /** Elements written at least once. */
  readonly covered: number;
  readonly slots: readonly SlotSummary[];
}

export interface FirstError extends RaisedError {
  /** Index of the tensor; -1 = the loader fails before it reads one. */
  readonly tensor: number;
  /** Name of the tensor; null = the loader fails before it reads one. */
  readonly at: string | null;
}

export interface TensorColumns {
  /** Index into outcomes. */
  readonly outcome: Uint8Array;
  /** Index into LoadPlan.rules. */
  readonly rule: Uint16Array;
  /** Index into LoadPlan.parameters; -1 = none. */
  readonly parameter: Int32Array;
  /** Index into slotNames. */
  readonly slot: Uint8Array;
  /** logical expert; -1 = none */
  readonly expert: Int32Array;
}

export interface LoadPlan {
  readonly input: PlanInput;
  readonly quantization: QuantizationConfig;
  readonly packedModules: PackedModules;
  /** Empty when the model cannot be built. */
  readonly table: ParameterTable;
  readonly loadRules: readonly LoadRule[];
  /** What the rules knew; its writes go nowhere. */
  readonly context: RuleContext;
  readonly columns: TensorColumns;
  /** In the order in which they are tried; failures last, as they occur. */
  readonly rules: readonly EndingCount[];
  readonly parameters: readonly PlannedParameter[];
  /** Which tensors wrote each slot. */
  readonly coverage: Pick<CoverageTracker, 'writersOf'>;
  /** Slots that were not filled exactly once. */
  readonly slots: OddSlots;
  readonly totals: Totals;
  /** The model cannot be built: nothing is read. */
  readonly initError: RaisedError | null;
  /** Where the reference would stop. The other tensors are classified all the same. */
  readonly firstError: FirstError | null;
  /** What the reference's loader would return: parameter names and other names, without None. */
  readonly reportedNames: ReadonlySet<string>;
  readonly reportedNone: boolean;
  /** Reported names that are no parameters. */
  readonly reportedButNotLoaded: number;
  /** Parameters of which no element is written. */
  readonly neverLoaded: readonly string[];
  readonly partiallyLoaded: readonly string[];
  /** Parameters that the loader does not report, sorted. */
  readonly strictCheckMissing: readonly string[];
  /** The reference refuses the model over strictCheckMissing; it never checks quantised ones. */
  readonly strictCheckRaises: boolean;
}

const rulesOfKind: Readonly<Record<TableKind, readonly LoadRule[]>> = {
  drafter: mtpRules,
  drafterModules: mtpModuleRules,
  target: targetRules,
};

const emptyTable: ParameterTable = { parameters: [], indexOf: new Map(), numSlots: 0 };

/** @param input `placement` must belong to `config` and `parallel` (placeRank) */
export function planLoad(input: PlanInput): LoadPlan {
  const { config, kind, tensors } = input;
  const quantization = input.quantization ?? config.quantization;
  const packedModules = input.packedModules ?? targetPackedModules(config.qLoraRank !== null);
  const otherFamily = input.otherFamily ?? null;
  const ownRules = otherFamily === null ? rulesOfKind[kind] : [anotherFamilyRule(otherFamily)];
  const followed = otherFamily === null && quantization.method === 'other';
  const loadRules = input.rules ?? (followed ? withUnmodelledQuantization(ownRules) : ownRules);
  const names = kind === 'drafterModules' ? new Set(tensors.map((tensor) => tensor.name)) : null;
  const built: ParameterTable | RaisedError =
    otherFamily !== null
      ? emptyTable
      : buildParameters(kind, {
          config,
          placement: input.placement,
          useMla: input.parallel.useMla && config.kvLoraRank !== null,
          quantization,
          packedModules,
          isWholeConfig: input.isWholeConfig ?? false,
          hasTensor: (name) => names?.has(name) ?? false,
        });
  const initError = isRaised(built) ? built : null;
  const table: ParameterTable = isRaised(built) ? emptyTable : built;
  const counter = new EndingCounter(loadRules);
  const coverage = new CoverageTracker(table);
  const context = makeContext(input, table, (parameter, row, result) => coverage.wrote(parameter, row, result));
  const columns: TensorColumns = {
    outcome: new Uint8Array(tensors.length),
    rule: new Uint16Array(tensors.length),
    parameter: new Int32Array(tensors.length).fill(-1),
    slot: new Uint8Array(tensors.length),
    expert: new Int32Array(tensors.length).fill(-1),
  };
  const reported = new Set<string>();
  let reportedNone = false;
  let firstError: FirstError | null = null;
  if (initError === null && otherFamily === null && kind !== 'target') firstError = expertCountError(input, context);
  const skips = initError === null ? nameSkips(loadRules, tensors, context) : null;
  if (skips !== null) {
    columns.outcome.fill(outcomes.indexOf('skipped'));
    columns.rule.set(skips.rule);
    for (const [ending, count] of skips.counts.entries()) counter.countMany(ending, count);
  }
  const numTensors = skips?.rest.length ?? tensors.length;
  const state = emptyState();
  for (let at = 0; at < numTensors; at++) {
    const index = skips?.rest[at] ?? at;
    const tensor = tensors[index] as Tensor;
    coverage.tensor = index;
    const verdict =
      initError === null
        ? runRules(loadRules, restart(state, tensor), context)
        : ({ kind: 'fail', error: initError } as const);
    if (verdict.kind === 'fail') {
      firstError ??= initError === null ? { ...verdict.error, tensor: index, at: tensor.name } : null;
      columns.outcome[index] = outcomes.indexOf('error');
      columns.rule[index] = counter.countError(verdict.error, tensor);
      continue;
    }
    columns.outcome[index] = outcomes.indexOf(endings[verdict.ending].outcome);
    columns.rule[index] = counter.count(verdict.ending, tensor);
    columns.expert[index] = verdict.expert ?? -1;
    if (verdict.kind === 'load') {
      columns.parameter[index] = verdict.parameter;
      columns.slot[index] = slotCodes.indexOf(verdict.slot);
    }
    if (verdict.reported === null) reportedNone = true;
    else if (verdict.reported !== undefined) reported.add(verdict.reported);
  }
  const summary = new PlanSummary(table, coverage, context, reported, quantization);
  return {
    input,
    quantization,
    packedModules,
    table,
    loadRules,
    context: { ...context, wrote: () => undefined },
    columns,
    rules: counter.rules(),
    totals: counter.totals(),
    initError,
    firstError,
    coverage,
    reportedNames: reported,
    reportedNone,
    get parameters() {
      return summary.parameters;
    },
    get slots() {
      return summary.slots;
    },
    get neverLoaded() {
      return summary.neverLoaded;
    },
    get partiallyLoaded() {
      return summary.partiallyLoaded;
    },
    get reportedButNotLoaded() {
      return summary.reportedButNotLoaded;
    },
    get strictCheckMissing() {
      return summary.strictCheckMissing;
    },
    get strictCheckRaises() {
      return summary.strictCheckRaises;
    },
  };
}

/** Indices of a plan's tensors of one outcome, ascending. Hardly slower where there are few among many. */
export function* tensorsThatEnd({ columns }: Pick<LoadPlan, 'columns'>, how: Outcome): Generator<number> {
  const code = outcomes.indexOf(how);
  for (let at = columns.outcome.indexOf(code); at >= 0; at = columns.outcome.indexOf(code, at + 1)) yield at;
}

/** Before the first tensor, the loader reads and adds up how many experts there are; null cannot be added. */
function expertCountError({ config, isWholeConfig = false }: PlanInput, context: RuleContext): FirstError | null {
  const counts = {
    n_routed_experts: config.nRoutedExperts,
    ...(context.fuseSharedExperts ? { n_shared_experts: config.nSharedExperts } : {}),
  };
  const missing = Object.entries(counts).flatMap(([key, count]) => (count === null ? [key] : []));
  const [first] = missing;
  if (first === undefined) return null;
  const absent = isWholeConfig ? missing.find((key) => config.raw[key] === undefined) : undefined;
  const message = `The loader adds up the numbers of experts, but config.json gives none for ${absent ?? first}.`;
  return { tensor: -1, at: null, type: absent === undefined ? 'TypeError' : 'AttributeError', message };
}
