import { evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { hallmarks, promisedLayers } from './nameCensus.ts';

/** Tensors where an MTP layer is expected, without what makes a layer one: another drafter under a known prefix. */
export const hallmarksAbsent: FindingRule = ({ plan, census, strictMissing }) => {
  const layers = promisedLayers(plan.input.config).filter((layer) => census.tensorsOfLayer.has(layer));
  const without = layers.filter((layer) => !census.hallmarksOf.has(layer));
  if (without.length === 0) return null;
  const count = without.reduce((sum, layer) => sum + (census.tensorsOfLayer.get(layer) ?? 0), 0);
  return {
    code: 'hallmarksAbsent',
    severity: strictMissing.length > 0 ? 'blocker' : 'silent',
    sentence: `Layer ${namesText(without.map(String), 4)} has ${plural(count, 'tensor')} but none of ${hallmarks.join(', ')}: what stands there is no MTP layer of this family.`,
    evidence: evidenceOf(without.map((layer) => `model.layers.${layer}.`)),
    hint: 'It may be another drafter (DSpark has none of the three) or a plain decoder layer; compare it with the original.',
  };
};
