import { evidenceOf, tensorEvidence } from './evidence.ts';
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

/** The same below prefixes that the drafter does not read. */
export const foreignDrafter: FindingRule = ({ plan, census }) => {
  const promised = promisedLayers(plan.input.config);
  if (promised.length === 0 || census.foreign.size === 0) return null;
  const missing = promised.some((layer) => !census.tensorsOfLayer.has(layer));
  const names = [...census.foreign.values()].flat().map((index) => plan.input.tensors[index]?.name ?? '');
  const isMtp = names.some((name) => /\.(enorm|hnorm|eh_proj|e_proj|h_proj|fc|token_layernorm)\b/.test(name));
  const prefixes = [...census.foreign.keys()].map((prefix) => prefix.replace(/\.$/, ''));
  return {
    code: 'foreignDrafter',
    severity: missing ? 'silent' : 'warning',
    sentence: `${plural(names.length, 'tensor')} under ${namesText(prefixes, 3)} belong to ${isMtp ? 'MTP layers in the layout of another family' : `another drafter (prefix known, but none of ${hallmarks.join(', ')} there)`}; this loader skips them.`,
    evidence: tensorEvidence(names),
    hint: 'The drafter of this family reads model.layers.<number>. only; use the engine or the version that knows this layout.',
  };
};
