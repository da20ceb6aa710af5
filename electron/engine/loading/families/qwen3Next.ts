import { family } from './family.ts';

export const qwen3Next = family({
  id: 'qwen3Next',
  name: 'Qwen3-Next and Qwen3.5',
  modelTypes: ['qwen3_next', 'qwen3_5', 'qwen3_5_moe', 'qwen3_5_text', 'qwen3_5_moe_text'],
  mtpTensors: /^(?:model\.|language_model\.)*mtp\./,
  hallmarks: /(?:^|\.)mtp\.pre_fc_norm_(?:embedding|hidden)\./,
  depthKeys: ['mtp_num_hidden_layers', 'num_nextn_predict_layers'],
  sentence: 'its MTP layers under mtp. share one projection (mtp.fc) over all depths',
});
