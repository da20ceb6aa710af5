/** Embeddings and heads of MTP layers, each beside the target's that takes its place. */
import type { ModelConfig, Tensor } from '../../../../common/domain.ts';

export interface SharedPair {
  readonly copy: Tensor;
  readonly original: Tensor;
}

export function sharedPairs(tensors: readonly Tensor[], config: ModelConfig): readonly SharedPair[] {
  const { numHiddenLayers, numNextnPredictLayers } = config;
  const last = numHiddenLayers + (numNextnPredictLayers ?? 0);
  const originals = new Map<string, Tensor>();
  const copies: { tensor: Tensor; of: 'embed_tokens' | 'head' }[] = [];
  for (const tensor of tensors) {
    const { name, dtype } = tensor;
    if (dtype === 'UNKNOWN') continue;
    if (name === 'model.embed_tokens.weight') originals.set('embed_tokens', tensor);
    else if (name === 'lm_head.weight') originals.set('head', tensor);
    const copy = /^model\.layers\.(\d{1,6})\.(?:(embed_tokens)|shared_head\.head)\.weight$/.exec(name);
    if (copy === null || Number(copy[1]) < numHiddenLayers || Number(copy[1]) >= last) continue;
    copies.push({ tensor, of: copy[2] === undefined ? 'head' : 'embed_tokens' });
  }
  const embedding = originals.get('embed_tokens');
  if (!originals.has('head') && config.tieWordEmbeddings && embedding !== undefined) originals.set('head', embedding);
  return copies.flatMap(({ tensor, of }) => {
    const original = originals.get(of);
    return original === undefined ? [] : [{ copy: tensor, original }];
  });
}
