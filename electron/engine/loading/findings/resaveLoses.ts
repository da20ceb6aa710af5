import type { Tensor } from '../../../common/domain.ts';
import { evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';
import { plural, sizeText } from './finding.ts';
import { promisedLayers } from './nameCensus.ts';

/** transformers leaves MTP layers out when it loads a model of this family, so what it saves has none. */
export const resaveLoses: FindingRule = ({ plan, census }) => {
  const { tensors, config } = plan.input;
  const layers = promisedLayers(config).filter((layer) => census.tensorsOfLayer.has(layer));
  if (layers.length === 0) return null;
  const prefixes = layers.map((layer) => `model.layers.${layer}.`);
  let count = 0;
  let bytes = 0;
  for (const index of census.ofPromised) {
    const { begin, end } = tensors[index] as Tensor;
    count++;
    bytes += end - begin;
  }
  return {
    code: 'resaveLoses',
    severity: 'note',
    sentence: `Loading and saving with transformers (save_pretrained) would drop the MTP layers: ${plural(count, 'tensor')}${bytes > 0 ? `, ${sizeText(bytes)}` : ''}, while config.json would still promise them.`,
    evidence: evidenceOf(prefixes),
    hint: 'Copy the MTP tensors over from the original after converting or fine-tuning.',
  };
};
