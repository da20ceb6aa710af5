import { family } from './family.ts';

export const step35 = family({
  id: 'step35',
  name: 'Step-3.5',
  modelTypes: ['step3p5', 'step3_5', 'step3p7'],
  mtpTensors: /^model\.layers\.\d+\.(?:transformer|enorm|hnorm|eh_proj|shared_head)\./,
  hallmarks: /^model\.layers\.\d+\.transformer\..*|shared_head\.output\./,
  sentence: 'its MTP layer stacks experts in one tensor and has a trained head of its own (shared_head.output)',
});
