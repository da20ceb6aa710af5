import { family } from './family.ts';

export const deepseekV4 = family({
  id: 'deepseekV4',
  name: 'DeepSeek-V4',
  modelTypes: ['deepseek_v4'],
  mtpTensors: /(?:^|\.)mtp\.\d+\./,
  hallmarks: /(?:^|\.)mtp\.\d+\.(?:e_proj|h_proj)\./,
  sentence: 'its MTP layers under mtp.{i}. project embedding and hidden state apart (e_proj, h_proj)',
});
