import { parameterEvidence } from './evidence.ts';
import { type FindingRule, isReplacedByTarget, namesText } from './finding.ts';
import { promisedLayers } from './nameCensus.ts';

/** Embedding or head of an MTP layer that is there otherwise: it has to be the target's. */
export const sharedCopiesAbsent: FindingRule = ({ never, strictMissing, census, plan }) => {
  const present = promisedLayers(plan.input.config).filter((layer) => census.tensorsOfLayer.has(layer));
  const names = never
    .map(({ what }) => what)
    .filter(
      (name) =>
        isReplacedByTarget(name) &&
        (name === 'model.embed_tokens.weight'
          ? present.length > 0
          : present.some((layer) => name.startsWith(`model.layers.${layer}.`))),
    );
  if (names.length === 0) return null;
  const raises = names.some((name) => strictMissing.some(({ what }) => what === name));
  return {
    code: 'sharedCopiesAbsent',
    severity: raises ? 'blocker' : 'note',
    sentence: `${namesText(names)} ${names.length === 1 ? 'is' : 'are'} not in the checkpoint and must alias the target's embedding or head; ${raises ? 'the model is unquantised, so the strict check raises ValueError before the reference shares them' : 'the reference shares them after loading, and checks nothing because the model is quantised'}.`,
    evidence: parameterEvidence(names),
    hint: raises
      ? "Add copies of the target's embed_tokens and lm_head to the MTP layer, or use a version that shares them first."
      : 'Nothing to do for this engine; others may want their own copies.',
  };
};
