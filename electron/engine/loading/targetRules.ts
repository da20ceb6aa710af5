/** The ordered rule table of the main model: DeepseekV2ForCausalLM.load_weights of the reference. */
import { biasRule, directRule, kvScaleRule, rotaryRule } from './directRules.ts';
import { expertRule } from './expertRule.ts';
import type { LoadRule } from './loadRule.ts';
import { specLayerOf } from './mtpRules.ts';
import { stackedRule } from './stackedRule.ts';

const where = 'DeepseekV2ForCausalLM.load_weights';

const specLayer: LoadRule = {
  id: 'skip:spec_layer',
  explain: 'Leaves every name that begins with the number of an MTP layer to the drafter.',
  source: `${where}, call of get_spec_layer_idx_from_weight_name`,
  endings: ['skip:spec_layer'],
  byName: true,
  apply: (state, context) => {
    const layer = specLayerOf(state.name, context);
    if (layer < 0) return null;
    state.specLayer = layer;
    state.listener?.tag('skip:spec_layer');
    state.listener?.step('skip:spec_layer', `model.layers.${layer}. is an MTP layer, so the main model ignores it.`);
    return { kind: 'skip', ending: 'skip:spec_layer', reported: undefined };
  },
};

export const targetRules: readonly LoadRule[] = [
  rotaryRule(where),
  specLayer,
  stackedRule(where),
  expertRule(where),
  biasRule(where),
  kvScaleRule(where),
  directRule(where),
];
