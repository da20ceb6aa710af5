/** The story of one tensor, for people. */
import type { Story } from '../../common/contract.ts';
import type { SlotId } from '../../common/domain.ts';
import type { LoadPlan } from './loadPlan.ts';
import { type Ending, endings } from './loadRule.ts';
import { copiesOf, type TensorTrace, traceTensor } from './loadTrace.ts';

/** @param index index of a tensor of the plan */
export function explainTensor(plan: LoadPlan, index: number): Story {
  const trace = traceTensor(plan, index);
  const parameter = trace.parameter === null ? undefined : plan.parameters[trace.parameter];
  return {
    tensor: index,
    name: trace.name,
    outcome: trace.outcome,
    specLayer: trace.specLayer,
    rewritten: trace.rewritten,
    summary: summaryOf(plan, trace),
    steps: trace.steps.map(({ rule, did }) => {
      const found = plan.loadRules.find(({ id }) => id === rule);
      return { rule, explain: found?.explain ?? '', did, source: found?.source ?? '' };
    }),
    parameter:
      parameter === undefined ? null : { name: parameter.name, shape: [...parameter.shape], dtype: parameter.dtype },
    slot: trace.slot === null ? null : String(trace.slot),
    expert: trace.expert,
    copies: copiesOf(plan, index).map(({ dst, src, fill }) => ({
      dst: mutable(dst),
      ...(src === undefined ? { fill: fill ?? 0 } : { src: mutable(src) }),
    })),
    reported: trace.reported === undefined ? [] : [trace.reported],
  };
}

function mutable(box: readonly (readonly [number, number])[]): [number, number][] {
  return box.map(([start, end]) => [start, end]);
}

function summaryOf(plan: LoadPlan, trace: TensorTrace): string {
  if (trace.error !== null)
    return plan.initError === null
      ? `Would fail with ${trace.error.type}: ${trace.error.message}`
      : `Never read: the model cannot be built (${trace.error.type}: ${trace.error.message})`;
  if (trace.ending === 'skip:expert_not_on_this_rank' && trace.expert !== null)
    return `Skipped: expert ${trace.expert} is not on rank ${plan.input.parallel.rank}.`;
  if (trace.outcome === 'skipped') return `Skipped. ${endings[trace.ending as Ending].explain}`;
  const name = plan.parameters[trace.parameter ?? -1]?.name ?? '';
  return `Loaded into ${name}${slotText(trace.slot, trace.expert)}.`;
}

const slotWords = { w1: 'gate', w2: 'down', w3: 'up' } as const;

function slotText(slot: SlotId, expert: number | null): string {
  if (slot === null) return '';
  if (typeof slot === 'number') return `, part ${slot}`;
  const part = `${slot} (${slotWords[slot]})`;
  return expert === null ? `, ${part} of a shared expert` : `, ${part} of expert ${expert}`;
}
