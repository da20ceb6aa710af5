/** The ordered rule table of the drafter: DeepSeekMTP.load_weights of the reference. */
import { biasRule, directRule, kvScaleRule, rotaryRule } from './directRules.ts';
import { expertRule } from './expertRule.ts';
import type { LoadRule, RuleContext } from './loadRule.ts';
import { stackedRule } from './stackedRule.ts';

const where = 'DeepSeekMTP.load_weights';

/** Names that sit beside the decoder layer of an MTP module; the first that occurs anywhere in the name counts. */
const moduleNames = ['embed_tokens', 'enorm', 'hnorm', 'eh_proj', 'shared_head'] as const;

/** Number of the MTP layer that the name begins with; -1 = none. The dot after the number keeps 3 apart from 30. */
export function specLayerOf(name: string, context: Pick<RuleContext, 'firstSpecLayer' | 'numSpecLayers'>): number {
  const prefix = 'model.layers.';
  if (!name.startsWith(prefix)) return -1;
  const dot = name.indexOf('.', prefix.length);
  if (dot < 0) return -1;
  const digits = name.slice(prefix.length, dot);
  const layer = Number(digits);
  if (!Number.isInteger(layer) || String(layer) !== digits) return -1;
  return layer >= context.firstSpecLayer && layer < context.firstSpecLayer + context.numSpecLayers ? layer : -1;
}

const notAnMtpLayer: LoadRule = {
  id: 'skip:not_an_mtp_layer',
  explain:
    'Asks whether the name begins with model.layers. and the number of an MTP layer; the drafter takes no other.',
  source: `${where}, call of get_spec_layer_idx_from_weight_name`,
  endings: ['skip:not_an_mtp_layer'],
  byName: true,
  apply: (state, context) => {
    const layer = specLayerOf(state.name, context);
    if (layer < 0) {
      state.listener?.tag('skip:not_an_mtp_layer');
      state.listener?.step('skip:not_an_mtp_layer', `${layerRange(context)} The name begins with none of them.`);
      return { kind: 'skip', ending: 'skip:not_an_mtp_layer', reported: undefined };
    }
    state.specLayer = layer;
    state.listener?.step('skip:not_an_mtp_layer', `The name begins with model.layers.${layer}., an MTP layer.`);
    return null;
  },
};

function layerRange(context: RuleContext): string {
  const { firstSpecLayer: first, numSpecLayers } = context;
  if (numSpecLayers === 0) return 'The config promises no MTP layers.';
  return numSpecLayers === 1
    ? `The only MTP layer is model.layers.${first}.`
    : `The MTP layers are model.layers.${first}. to model.layers.${first + numSpecLayers - 1}.`;
}

/** @param sharedEmbedding all MTP layers share one embedding, as in the reference */
function rewriteRule(sharedEmbedding: boolean): LoadRule {
  return {
    id: 'rewrite',
    explain: 'Renames: decoder weights move below mtp_block; the embedding moves to the shared model.embed_tokens.',
    source: 'DeepSeekMTP._rewrite_spec_layer_name',
    endings: [],
    apply: (state) => {
      const { name } = state;
      const layerPrefix = `model.layers.${state.specLayer}.`;
      const moduleName = moduleNames.find((part) => name.includes(part));
      let renamed = name;
      if (moduleName === undefined) renamed = name.replaceAll(layerPrefix, `${layerPrefix}mtp_block.`);
      else if (moduleName === 'embed_tokens' && sharedEmbedding) renamed = name.replaceAll(layerPrefix, 'model.');
      state.rewritten = renamed;
      state.listener?.step(
        'rewrite',
        moduleName === undefined
          ? `A weight of the decoder layer inside the MTP module: renamed to ${renamed}.`
          : renamed === name
            ? `Found ${moduleName}: a weight of the MTP module itself, so the name is kept.`
            : `Found embed_tokens: the embedding is shared, renamed to ${renamed}.`,
      );
      return { kind: 'continue', name: renamed };
    },
  };
}

const notFirstMtpLayer: LoadRule = {
  id: 'skip:shared_weight_not_first_mtp_layer',
  explain: 'Takes weights that all MTP layers share from the first MTP layer only.',
  source: `${where}, test of the layer number before the direct load`,
  endings: ['skip:shared_weight_not_first_mtp_layer'],
  apply: (state, context) => {
    if (state.specLayer === context.firstSpecLayer || state.name.includes('.layers')) return null;
    state.listener?.tag('skip:shared_weight_not_first_mtp_layer');
    state.listener?.step(
      'skip:shared_weight_not_first_mtp_layer',
      `${state.name} is shared and only taken from layer ${context.firstSpecLayer}; this copy is of layer ${state.specLayer}.`,
    );
    return { kind: 'skip', ending: 'skip:shared_weight_not_first_mtp_layer', reported: state.name };
  },
};

/** The reference's table for the drafter. */
export const mtpRules: readonly LoadRule[] = [
  rotaryRule(where),
  notAnMtpLayer,
  rewriteRule(true),
  stackedRule(where),
  expertRule(where),
  biasRule(where),
  kvScaleRule(where),
  notFirstMtpLayer,
  directRule(where),
];

/** The same with an embedding of its own for each MTP layer, for the predictor that uses the modules as trained. */
export const mtpModuleRules: readonly LoadRule[] = [
  rotaryRule(where),
  notAnMtpLayer,
  rewriteRule(false),
  stackedRule(where),
  expertRule(where),
  biasRule(where),
  kvScaleRule(where),
  directRule(where),
];
