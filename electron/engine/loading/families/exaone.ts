import { family } from './family.ts';

export const exaone = family({
  id: 'exaone',
  name: 'EXAONE',
  modelTypes: ['exaone_moe', 'exaone4_5', 'exaone4'],
  mtpTensors: /^(?:model\.|language_model\.)*mtp\./,
  sentence: 'its MTP layers under mtp. share one projection (mtp.fc) over a grouped-query layer',
});
