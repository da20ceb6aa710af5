import { family } from './family.ts';

export const deepseekV4Dspark = family({
  id: 'deepseekV4Dspark',
  name: 'DeepSeek-V4.1 and V4-Flash-0731',
  modelTypes: ['deepseek_v41'],
  mtpTensors: /(?:^|\.)mtp\.\d+\./,
  hallmarks: /(?:^|\.)mtp\.\d+\..*markov_head/,
  sentence: 'its drafter under mtp.{i}. is DSpark with a Markov head, not an MTP layer',
});
