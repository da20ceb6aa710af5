/** Parts of fused parameters: gate and up, and the two latent projections of attention. */
import { callLoader } from './loaderCalls.ts';
import { keyError, type LoadRule, type RuleContext, type TensorState, type Verdict } from './loadRule.ts';

interface StackedRow {
  readonly parameter: string;
  readonly checkpoint: string;
  readonly shard: 0 | 1;
}

/** Tried in this order, each as a plain substring: "up_proj" also occurs in "gate_up_proj". */
export const stackedRows: readonly StackedRow[] = [
  { parameter: 'gate_up_proj', checkpoint: 'gate_proj', shard: 0 },
  { parameter: 'gate_up_proj', checkpoint: 'up_proj', shard: 1 },
  { parameter: 'fused_qkv_a_proj', checkpoint: 'q_a_proj', shard: 0 },
  { parameter: 'fused_qkv_a_proj', checkpoint: 'kv_a_proj_with_mqa', shard: 1 },
];

/** Whether the tensor is a shared expert that is loaded as a routed one. */
export function isFusedSharedExpert(state: TensorState, context: RuleContext): boolean {
  return context.fuseSharedExperts && state.original.includes('mlp.shared_experts');
}

/** @param where function of the reference */
export function stackedRule(where: string, rows: readonly StackedRow[] = stackedRows): LoadRule {
  return {
    id: 'stacked',
    explain: 'Looks for gate_proj, up_proj, q_a_proj or kv_a_proj_with_mqa in the name: parts of fused parameters.',
    source: `${where}, loop over stacked_params_mapping`,
    endings: ['stacked'],
    apply: (state, context) => applyRows(rows, state, context),
  };
}

function applyRows(rows: readonly StackedRow[], state: TensorState, context: RuleContext): Verdict {
  const { listener } = state;
  let { name } = state;
  for (const row of rows) {
    if (!name.includes(row.checkpoint)) continue;
    if (name.includes('mlp.experts.') && !context.hasParameter(name)) {
      listener?.tag('stacked:pass_over_routed_expert_name');
      listener?.step(
        'stacked',
        `Found ${row.checkpoint}, but mlp.experts. is in the name too: left to the expert rule.`,
      );
      continue;
    }
    if (isFusedSharedExpert(state, context)) {
      listener?.tag('stacked:pass_over_fused_shared_expert');
      listener?.step(
        'stacked',
        `Found ${row.checkpoint}, but shared experts are loaded as routed ones here: left to the expert rule.`,
      );
      continue;
    }
    const mapped = name.replaceAll(row.checkpoint, row.parameter);
    if (row.parameter === 'fused_qkv_a_proj' && !context.hasParameter(mapped)) {
      listener?.tag('stacked:no_fused_qkv_a_param');
      listener?.step(
        'stacked',
        `Found ${row.checkpoint}, but this attention class has no ${row.parameter}: the name is kept.`,
      );
      continue;
    }
    name = mapped;
    const index = context.table.indexOf.get(name);
    if (index === undefined && name.endsWith('.bias')) {
      listener?.tag('stacked:bias_not_in_params');
      listener?.step(
        'stacked',
        `Replaced ${row.checkpoint} by ${row.parameter}, but the model has no such bias: goes on as ${name}.`,
      );
      continue;
    }
    const parameter = index === undefined ? undefined : context.table.parameters[index];
    if (index === undefined || parameter === undefined) {
      listener?.step(
        'stacked',
        `Replaced ${row.checkpoint} by ${row.parameter}, which gives ${name}: no parameter has that name.`,
      );
      return keyError(name);
    }
    listener?.tag('stacked:load');
    const error = callLoader(state, context, index, parameter, row.shard);
    if (error !== null) {
      listener?.step(
        'stacked',
        `Replaced ${row.checkpoint} by ${row.parameter}, but the loader of ${name} refuses: ${error.message}`,
      );
      return { kind: 'fail', error };
    }
    listener?.step(
      'stacked',
      `Replaced ${row.checkpoint} by ${row.parameter} and loaded it as part ${row.shard} of ${name}.`,
    );
    return { kind: 'load', ending: 'stacked', parameter: index, slot: row.shard, expert: null, reported: name };
  }
  return { kind: 'continue', name };
}
