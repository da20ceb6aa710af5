/** Quantisation methods that are not modelled: their tensors are followed by name, without shapes. */
import type { LoadRule } from './loadRule.ts';

const packedSuffix = /\.(qweight|weight_packed)$/;
const companionSuffix =
  /\.(qzeros|scales|g_idx|weight_scale|weight_scale_inv|weight_scale_2|weight_zero_point|weight_shape|weight_g_idx|weight_global_scale|input_scale|input_zero_point|input_global_scale)$/;
const floats: ReadonlySet<string> = new Set(['BF16', 'F16', 'F32', 'F64']);

/** The name without the suffix of a packed weight or of what goes with it; null = neither. */
export function quantizedStem(name: string): string | null {
  const match = packedSuffix.exec(name) ?? companionSuffix.exec(name);
  return match === null ? null : name.slice(0, match.index);
}

/** Packed weights count as the weight; scales, zero points and shapes go with it. */
const unmodelledQuantization: LoadRule = {
  id: 'skip:goes_with_packed_weight',
  explain:
    'The quantisation method is not modelled: packed weights are followed by name, and their scales go with them.',
  source: 'the parameters of the quantisation method, which are not repeated here',
  endings: ['skip:goes_with_packed_weight'],
  apply: (state) => {
    if (packedSuffix.test(state.name)) {
      const name = state.name.replace(packedSuffix, '.weight');
      state.shapeKnown = false;
      state.listener?.step('skip:goes_with_packed_weight', `A packed weight: followed as ${name}, without its shape.`);
      return { kind: 'continue', name };
    }
    if (companionSuffix.test(state.name)) {
      state.listener?.tag('skip:goes_with_packed_weight');
      state.listener?.step('skip:goes_with_packed_weight', 'A scale, zero point or shape: it goes with its weight.');
      return { kind: 'skip', ending: 'skip:goes_with_packed_weight', reported: undefined };
    }
    if (!floats.has(state.dtype)) state.shapeKnown = false;
    return null;
  },
};

/** The table with this rule after the one that asks for the layer. */
export function withUnmodelledQuantization(rules: readonly LoadRule[]): readonly LoadRule[] {
  return [...rules.slice(0, 2), unmodelledQuantization, ...rules.slice(2)];
}
