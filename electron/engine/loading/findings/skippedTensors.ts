import type { FindingRule } from './finding.ts';

/** Names of the tensors that end with a rule. */
export function skippedAs(ending: string): (picture: Parameters<FindingRule>[0]) => string[] {
  return ({ plan }) => {
    const rule = plan.rules.findIndex(({ id }) => id === ending);
    if (rule < 0 || plan.rules[rule]?.tensors === 0) return [];
    return plan.input.tensors.filter((_, index) => plan.columns.rule[index] === rule).map(({ name }) => name);
  };
}
