import { family } from './family.ts';

export const ernie45 = family({
  id: 'ernie45',
  name: 'ERNIE-4.5',
  modelTypes: ['ernie4_5_moe', 'ernie4_5'],
  mtpTensors: /^model\.mtp_(?:block|emb_norm|hidden_norm|linear_proj)\./,
  hallmarks: /^model\.mtp_(?:emb_norm|linear_proj)\.\d+\./,
  sentence: 'its MTP layers keep the depth in the middle of the name (model.mtp_block.{i}.)',
});
