/** Scales of the MTP layers, and the fp8 weights that they belong to. */
import type { Tensor } from '../../../common/domain.ts';
import type { LoadPicture } from './loadPicture.ts';

export const scaleSuffix = /\.(weight_scale_inv|weight_scale|scale|weight_scale_2|scale_inv|scales|qzeros)$/;

export interface ScaleCensus {
  /** suffix -> names */
  readonly scales: ReadonlyMap<string, readonly string[]>;
  readonly fp8Stems: readonly string[];
  readonly stemsWithScale: ReadonlySet<string>;
  readonly stemsOfWeights: ReadonlyMap<string, string>;
}

export function scaleCensus({ plan, census }: LoadPicture): ScaleCensus {
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
