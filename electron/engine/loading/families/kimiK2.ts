import { family } from './family.ts';

export const kimiK2 = family({
  id: 'kimiK2',
  name: 'Kimi-K2',
  modelTypes: ['kimi_k2'],
  mtpTensors: null,
  sentence: 'it has no MTP layers; only separate drafters exist for it',
});
