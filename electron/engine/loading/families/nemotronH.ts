import { family } from './family.ts';

export const nemotronH = family({
  id: 'nemotronH',
  name: 'Nemotron-H',
  modelTypes: ['nemotron_h', 'nemotron_h_puzzle'],
  mtpTensors: /(?:^|\.)mtp\.layers\.\d+\./,
  sentence: 'one draft step of its MTP head runs several layers under mtp.layers.{k}. in a pattern',
});
