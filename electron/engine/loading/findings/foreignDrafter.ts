import { tensorEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { foreignPrefixesOf, hallmarks, promisedLayers, shiftedLayer } from './nameCensus.ts';

/** Tensors of another family or drafter, below prefixes that this one does not read. */
export const foreignDrafter: FindingRule = ({ plan, census }) => {
  const promised = promisedLayers(plan.input.config);
  if (promised.length === 0 || census.foreign.size === 0) return null;
  const missing = promised.some((layer) => !census.tensorsOfLayer.has(layer));
  const names = [...census.foreign.values()].flat().map((index) => plan.input.tensors[index]?.name ?? '');
  const isMtp = names.some((name) => /\.(enorm|hnorm|eh_proj|e_proj|h_proj|fc|token_layernorm)\b/.test(name));
  if (names.every((name) => shiftedLayer.test(name)))
    return {
      code: 'foreignDrafter',
      severity: missing ? 'silent' : 'warning',
      sentence: `${plural(names.length, 'tensor')} of MTP layers stand under ${namesText(foreignPrefixesOf(census), 3)}; this loader reads names that begin with model.layers. and skips them.`,
      evidence: tensorEvidence(names),
      hint: 'Rename them, so that they begin with model.layers. and the number of the MTP layer.',
    };
  return {
    code: 'foreignDrafter',
    severity: missing ? 'silent' : 'warning',
    sentence: `${plural(names.length, 'tensor')} under ${namesText(foreignPrefixesOf(census), 3)} belong to ${isMtp ? 'MTP layers in the layout of another family' : `another drafter (prefix known, but none of ${hallmarks.join(', ')} there)`}; this loader skips them.`,
    evidence: tensorEvidence(names),
    hint: 'The drafter of this family reads model.layers.<number>. only; use the engine or the version that knows this layout.',
  };
};
