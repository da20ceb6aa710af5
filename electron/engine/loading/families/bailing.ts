import { family } from './family.ts';

export const bailing = family({
  id: 'bailing',
  name: 'Ling and Bailing',
  modelTypes: ['bailing_moe', 'bailing_moe_v2', 'bailing_moe_linear', 'bailing_hybrid'],
  mtpTensors: /^model\.layers\.\d+\.(?:enorm|hnorm|eh_proj|final_layernorm)\b/,
  sentence: 'its MTP layer holds a Bailing block and ends in final_layernorm',
});
