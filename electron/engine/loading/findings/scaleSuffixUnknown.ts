import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { scaleCensus } from './scaleCensus.ts';

export const scaleSuffixUnknown: FindingRule = (picture) => {
  const { method, declared } = picture.plan.quantization;
  if (method === 'other') return null;
  const known = method === 'fp8Block' ? 'weight_scale_inv' : method === 'fp8Tensor' ? 'weight_scale' : null;
  const { scales } = scaleCensus(picture);
  const wrong = [...scales].filter(([suffix]) => suffix !== known);
  if (wrong.length === 0) return null;
  const names = wrong.flatMap(([, list]) => list);
  const census = [...scales].map(([suffix, list]) => `.${suffix}: ${plural(list.length, 'tensor')}`);
  return {
    code: 'scaleSuffixUnknown',
    severity: 'blocker',
    sentence: `${plural(names.length, 'scale')} of MTP layers ${names.length === 1 ? 'ends' : 'end'} in ${namesText(
      wrong.map(([suffix]) => `.${suffix}`),
      3,
    )}, which the loader does not know (${known === null ? 'config.json declares no quantisation' : `${declared} as declared uses .${known}`}): ${namesText(names)}.`,
    evidence: evidenceOf([...census, ...names.map((name) => about('tensor', name))]),
    hint: 'Rename the scales, or correct quantization_config to the scheme in which the files were written.',
  };
};
