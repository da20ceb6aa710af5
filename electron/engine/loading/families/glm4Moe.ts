import { family } from './family.ts';

export const glm4Moe = family({
  id: 'glm4Moe',
  name: 'GLM-4.x',
  modelTypes: ['glm4_moe', 'glm4_moe_lite', 'glm4v_moe', 'glm_ocr'],
  mtpTensors: /^model\.layers\.\d+\.(?:enorm|hnorm|eh_proj|shared_head)\b/,
  sentence: 'its MTP layer is named like that of DeepSeek-V3, but the reference loads it with a class of its own',
});
