import { family } from './family.ts';

export const longcat = family({
  id: 'longcat',
  name: 'LongCat-Flash',
  modelTypes: ['longcat_flash', 'longcat'],
  mtpTensors: /^model\.mtp\./,
  hallmarks: /^model\.mtp\.layers\.\d+\.(?:enorm\.m|transformer_layer)\./,
  sentence: 'its MTP layer under model.mtp. has a dense MLP and a runtime number of twice the layer count',
});
