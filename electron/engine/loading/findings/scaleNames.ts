/** Scales of fp8 weights in the MTP layers: missing, left over, or under a suffix that the loader does not know. */
import type { Tensor } from '../../../common/domain.ts';
import { about, evidenceOf, tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import type { LoadPicture } from './loadPicture.ts';

const scaleSuffix = /\.(weight_scale_inv|weight_scale|scale|weight_scale_2|scale_inv|scales|qzeros)$/;

interface ScaleCensus {
  /** suffix -> names */
  readonly scales: ReadonlyMap<string, readonly string[]>;
  readonly fp8Stems: readonly string[];
  readonly stemsWithScale: ReadonlySet<string>;
  readonly stemsOfWeights: ReadonlyMap<string, string>;
}

function scaleCensus({ plan, census }: LoadPicture): ScaleCensus {
  const { tensors } = plan.input;
  const scales = new Map<string, string[]>();
  const fp8Stems: string[] = [];
  const stemsWithScale = new Set<string>();
  const stemsOfWeights = new Map<string, string>();
  for (const index of census.ofPromised) {
    const { name, dtype, file } = tensors[index] as Tensor;
    const scale = scaleSuffix.exec(name);
    if (scale !== null) {
      const suffix = scale[1] ?? '';
      const list = scales.get(suffix);
      if (list === undefined) scales.set(suffix, [name]);
      else list.push(name);
      stemsWithScale.add(name.slice(0, scale.index));
    } else if (name.endsWith('.weight') && file >= 0) {
      const stem = name.slice(0, -'.weight'.length);
      stemsOfWeights.set(stem, dtype);
      if (dtype === 'F8_E4M3' || dtype === 'F8_E5M2') fp8Stems.push(stem);
    }
  }
  return { scales, fp8Stems, stemsWithScale, stemsOfWeights };
}

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

export const scaleMissing: FindingRule = (picture) => {
  const { fp8Stems, stemsWithScale } = scaleCensus(picture);
  const without = fp8Stems.filter((stem) => !stemsWithScale.has(stem));
  if (without.length === 0) return null;
  return {
    code: 'scaleMissing',
    severity: 'silent',
    sentence: `${plural(without.length, 'fp8 weight')} of MTP layers ${without.length === 1 ? 'has' : 'have'} no scale, ${namesText(without.map((stem) => `${stem}.weight`))}: the scale keeps its starting value and the weight is of no use.`,
    evidence: tensorEvidence(without.map((stem) => `${stem}.weight`)),
    hint: 'Look for the scales in another file or revision of the checkpoint.',
  };
};

export const scaleExtra: FindingRule = (picture) => {
  const { method } = picture.plan.quantization;
  const { scales, stemsOfWeights } = scaleCensus(picture);
  if (method !== 'fp8Block' && method !== 'fp8Tensor') return null;
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
