import { family } from './family.ts';

export const mimoV2 = family({
  id: 'mimoV2',
  name: 'MiMo-V2',
  modelTypes: ['mimo_v2', 'mimo_v2_flash', 'mimo_v2_pro'],
  mtpTensors: /^model\.mtp\.layers\.\d+\./,
  hallmarks: /^model\.mtp\.layers\.\d+\.pre_mlp_layernorm\./,
  sentence: 'its MTP layers under model.mtp.layers.{i}. have sliding-window attention and a dense MLP',
});
