/** One tensor through the table again, this time writing down every step. Traces are not stored: they are made on demand. */
import type { Copy, Outcome, RaisedError, SlotId } from '../../common/domain.ts';
import type { LoadPlan } from './loadPlan.ts';
import { endings, type FinalVerdict, type LoaderCall, type Reported, runRules } from './loadRule.ts';
import { startState } from './tensorState.ts';

export interface TraceStep {
  readonly rule: string;
  readonly did: string;
}

export interface TensorTrace {
  readonly name: string;
  /** Checkpoint number of the MTP layer; null = none. */
  readonly specLayer: number | null;
  /** Name after renaming; null = rejected before. */
  readonly rewritten: string | null;
  /** Tags of the recorded traces, in the order hit. */
  readonly path: readonly string[];
  readonly calls: readonly LoaderCall[];
  readonly outcome: Outcome;
  /** stacked, expert, direct, skip:... or error:<exception type> */
  readonly ending: string;
  readonly error: RaisedError | null;
  readonly reported: Reported;
  readonly parameter: number | null;
  readonly slot: SlotId;
  readonly expert: number | null;
  readonly steps: readonly TraceStep[];
}

/** @param index index of a tensor of the plan */
export function traceTensor(plan: LoadPlan, index: number): TensorTrace {
  const tensor = plan.input.tensors[index];
  if (tensor === undefined) throw new RangeError(`There is no tensor ${index}.`);
  const path: string[] = [];
  const calls: LoaderCall[] = [];
  const steps: TraceStep[] = [];
  const state = {
    ...startState(tensor),
    listener: {
      tag: (tag: string) => {
        const repeated = path.at(-1) === tag || (tag === 'expert:try' && path.includes(tag));
        if (!repeated) path.push(tag);
      },
      step: (rule: string, did: string) => steps.push({ rule, did }),
      call: (call: LoaderCall) => calls.push(call),
    },
  };
  const verdict: FinalVerdict =
    plan.initError === null ? runRules(plan.loadRules, state, plan.context) : { kind: 'fail', error: plan.initError };
  const failed = verdict.kind === 'fail';
  return {
    name: tensor.name,
    specLayer: state.specLayer < 0 ? null : state.specLayer,
    rewritten: state.rewritten,
    path,
    calls,
    outcome: failed ? 'error' : endings[verdict.ending].outcome,
    ending: failed ? `error:${verdict.error.type}` : verdict.ending,
    error: failed ? verdict.error : null,
    reported: failed ? undefined : verdict.reported,
    parameter: verdict.kind === 'load' ? verdict.parameter : null,
    slot: verdict.kind === 'load' ? verdict.slot : null,
    expert: failed ? null : (verdict.expert ?? null),
    steps,
  };
}

export interface PlannedCopy extends Copy {
  /** Index into LoadPlan.parameters. */
  readonly parameter: number;
}

/** The copies that load a tensor, in order; none when it is skipped or fails. */
export function copiesOf(plan: LoadPlan, index: number): readonly PlannedCopy[] {
  const trace = traceTensor(plan, index);
  if (trace.outcome !== 'loaded') return [];
  return trace.calls.flatMap(({ parameter, copies }) => copies.map((copy) => ({ ...copy, parameter })));
}
