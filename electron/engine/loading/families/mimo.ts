import { family } from './family.ts';

export const mimo = family({
  id: 'mimo',
  name: 'MiMo-7B',
  modelTypes: ['mimo'],
  mtpTensors: /^model\.mtp_layers\.\d+\./,
  hallmarks: /^model\.mtp_layers\.\d+\.(?:input_proj|token_layernorm)\./,
  sentence:
    'its MTP layer under model.mtp_layers.{i}. joins hidden state and embedding in the reverse order (input_proj)',
});
