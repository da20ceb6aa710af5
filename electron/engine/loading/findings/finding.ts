/** What a finding is: one thing about a plan that people should know, with names and numbers. */
import type { Finding } from '../../../common/contract.ts';
import type { SlotCoverage } from '../../../common/domain.ts';
import type { LoadPlan } from '../loadPlan.ts';

export type { Finding } from '../../../common/contract.ts';

/** Looks at a plan; null = nothing to say. */
export type FindingRule = (plan: LoadPlan) => Finding | null;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Embedding and heads of the drafter: replaced by the target's when the engine starts. */
export function isReplacedByTarget(plan: LoadPlan, parameter: string): boolean {
  return (
    plan.input.kind === 'drafter' &&
    (parameter === 'model.embed_tokens.weight' || parameter.endsWith('.shared_head.head.weight'))
  );
}

const partNames = { w1: 'w1 (gate)', w2: 'w2 (down)', w3: 'w3 (up)' } as const;

/** A slot in words, with the parameter's name in front. */
export function slotText(plan: LoadPlan, { parameter, slot, expert }: SlotCoverage): string {
  const name = plan.parameters[parameter]?.name ?? '';
  if (slot === null) return name;
  const part = typeof slot === 'number' ? `part ${slot}` : partNames[slot];
  return expert === null ? `${name}: ${part}` : `${name}: ${part} of expert ${expert}`;
}
