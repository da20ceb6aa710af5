/** What a tensor is for, by its name: that decides how grave odd values in it are. */
import type { ModelConfig, Tensor } from '../../../../common/domain.ts';

export interface TensorRole {
  /**
   * drafting: the MTP layer that the reference runs, and the embedding and head it shares with the target;
   * target: the rest of the target, whose hidden states drafts begin with; unused: nothing that the reference runs.
   */
  readonly use: 'drafting' | 'target' | 'unused';
  /** other: biases, zero points and the like, which may well be 0. */
  readonly part: 'norm' | 'weight' | 'scale' | 'other';
  readonly isExpert: boolean;
}

const layerPattern = /^model\.layers\.(\d{1,6})\./;

export function roleOf({ name }: Pick<Tensor, 'name'>, config: ModelConfig): TensorRole {
  return { use: usageOf(name, config), part: partOf(name), isExpert: name.includes('.mlp.experts.') };
}

function usageOf(name: string, { numHiddenLayers, numNextnPredictLayers }: ModelConfig): TensorRole['use'] {
  const promised = numNextnPredictLayers ?? 0;
  const layer = layerPattern.exec(name);
  if (layer !== null) {
    const number = Number(layer[1]);
    if (number < numHiddenLayers) return 'target';
    // Every draft comes from the first MTP layer, with the target's embedding and head in place of its own.
    return number === numHiddenLayers && promised > 0 && !isOwnCopy(name) ? 'drafting' : 'unused';
  }
  if (name === 'lm_head.weight' || name === 'model.embed_tokens.weight') return promised > 0 ? 'drafting' : 'target';
  return name === 'model.norm.weight' ? 'target' : 'unused';
}

/** Whether this is an embedding or a head of a layer's own. */
export function isOwnCopy(name: string): boolean {
  return layerPattern.test(name) && /\.(?:embed_tokens|shared_head\.head)\.weight$/.test(name);
}

function partOf(name: string): TensorRole['part'] {
  if (/norm\.weight$/.test(name)) return 'norm';
  if (/(?:[._]scales?|_scale_inv|_scale_2)$/.test(name)) return 'scale';
  return /\.(?:weight|qweight|weight_packed)$/.test(name) ? 'weight' : 'other';
}
