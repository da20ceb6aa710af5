import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { scaleCensus, scaleSuffix } from './scaleCensus.ts';

export const scaleExtra: FindingRule = (picture) => {
  const { method } = picture.plan.quantization;
  const { scales, stemsOfWeights } = scaleCensus(picture);
  if (method !== 'fp8Block' && method !== 'fp8Tensor') return null;
  // Without headers nobody knows what the weights are stored in.
  if (stemsOfWeights.size === 0) return null;
  const extra = [...scales.values()].flat().filter((name) => {
    const dtype = stemsOfWeights.get(name.replace(scaleSuffix, ''));
    return dtype === undefined || !dtype.startsWith('F8');
  });
  if (extra.length === 0) return null;
  const failing = new Set(picture.failing.map(({ what }) => picture.plan.input.tensors[what]?.name));
  return {
    code: 'scaleExtra',
    severity: extra.some((name) => failing.has(name)) ? 'blocker' : 'warning',
    sentence: `${plural(extra.length, 'scale')} of MTP layers ${extra.length === 1 ? 'belongs' : 'belong'} to no fp8 weight in the files: ${namesText(extra)}.`,
    evidence: tensorEvidence(extra),
    hint: 'Remove the scales, or store the weights in fp8 as the config says.',
  };
};
