/** What is left after fused and expert parameters: biases, cache scales, and parameters of the same name. */
import { remapKvScaleName } from './kvScaleNames.ts';
import { callLoader } from './loaderCalls.ts';
import {
  type FinalVerdict,
  keyError,
  type LoadRule,
  type Reported,
  type RuleContext,
  type TensorState,
} from './loadRule.ts';
import { isFusedSharedExpert } from './stackedRule.ts';

/** Names are added to the loaded set even when they are skipped, except on the way of fused shared experts. */
function reportedAs(name: string | null, state: TensorState, context: RuleContext): Reported {
  return isFusedSharedExpert(state, context) ? undefined : name;
}

export function rotaryRule(where: string): LoadRule {
  return {
    id: 'skip:rotary_inv_freq',
    explain: 'Looks for rotary_emb.inv_freq in the name: frequency tables that the engine computes itself.',
    source: `${where}, first test of the loop`,
    endings: ['skip:rotary_inv_freq'],
    byName: true,
    apply: (state) => {
      if (!state.name.includes('rotary_emb.inv_freq')) return null;
      state.listener?.tag('skip:rotary_inv_freq');
      state.listener?.step('skip:rotary_inv_freq', 'Found rotary_emb.inv_freq in the name, so the tensor is ignored.');
      return { kind: 'skip', ending: 'skip:rotary_inv_freq', reported: undefined };
    },
  };
}

export function biasRule(where: string): LoadRule {
  return {
    id: 'skip:bias_not_in_params',
    explain: 'Drops names that end in .bias when the model has no such parameter (some quantisers write them).',
    source: `${where}, bias test before the direct load`,
    endings: ['skip:bias_not_in_params'],
    apply: (state, context) => {
      if (!state.name.endsWith('.bias') || context.hasParameter(state.name)) return null;
      state.listener?.tag('skip:bias_not_in_params');
      state.listener?.step('skip:bias_not_in_params', `No parameter is named ${state.name}, so the bias is dropped.`);
      return { kind: 'skip', ending: 'skip:bias_not_in_params', reported: reportedAs(state.name, state, context) };
    },
  };
}

export function kvScaleRule(where: string): LoadRule {
  return {
    id: 'skip:kv_scale_without_param',
    explain: 'Renames key-value cache scales to where attention keeps them, and drops those without a parameter.',
    source: `${where}, call of maybe_remap_kv_scale_name`,
    endings: ['skip:kv_scale_without_param'],
    apply: (state, context) => {
      const remapped = remapKvScaleName(state.name, context.hasParameter, context.hasLatentAttention);
      if (remapped === state.name) return null;
      if (remapped !== null) {
        state.listener?.step('skip:kv_scale_without_param', `A cache scale: renamed to ${remapped}.`);
        return { kind: 'continue', name: remapped };
      }
      state.listener?.tag('skip:kv_scale_without_param');
      if (isFusedSharedExpert(state, context) && context.numSharedExperts > 1) return noNameError();
      state.listener?.step(
        'skip:kv_scale_without_param',
        'A cache scale, but the attention of this layer has no parameter for it, so it is dropped.',
      );
      return {
        kind: 'skip',
        ending: 'skip:kv_scale_without_param',
        reported: reportedAs(null, state, context),
      };
    },
  };
}

/** The name is lost with the first piece of the tensor, and the loop goes on to the next piece. */
function noNameError(): FinalVerdict {
  const message = 'The name was lost when its first piece was dropped, and the next piece needs it.';
  return { kind: 'fail', error: { type: 'AttributeError', message } };
}

export function directRule(where: string): LoadRule {
  return {
    id: 'direct',
    explain: 'Looks for a parameter of exactly this name and loads the tensor into it; fails when there is none.',
    source: `${where}, params_dict lookup at the end of the loop`,
    endings: ['direct'],
    apply: (state, context) => {
      const index = context.table.indexOf.get(state.name);
      const parameter = index === undefined ? undefined : context.table.parameters[index];
      if (index === undefined || parameter === undefined) {
        state.listener?.step('direct', `No parameter is named ${state.name}: the reference stops here.`);
        return keyError(state.name);
      }
      state.listener?.tag('direct:load');
      const error = callLoader(state, context, index, parameter, null);
      if (error !== null) {
        state.listener?.step('direct', `Found the parameter ${state.name}, but its loader refuses: ${error.message}`);
        return { kind: 'fail', error };
      }
      state.listener?.step('direct', `Found the parameter ${state.name} and loaded the tensor into it.`);
      const reported = reportedAs(state.name, state, context);
      return { kind: 'load', ending: 'direct', parameter: index, slot: null, expert: null, reported };
    },
  };
}
