import { about, evidenceOf, parameterEvidence } from './evidence.ts';
import { type FindingRule, isReplacedByTarget, namesText } from './finding.ts';
import type { LoadPicture } from './loadPicture.ts';
import { promisedLayers } from './nameCensus.ts';

/** Embedding or head of an MTP layer that is there otherwise: it has to be the target's. */
export const sharedCopiesAbsent: FindingRule = (picture) => {
  const { never, strictMissing, census, plan, failing } = picture;
  const present = promisedLayers(plan.input.config).filter((layer) => census.tensorsOfLayer.has(layer));
  // A copy that is there and refused is no copy that is absent.
  const refused = failing.flatMap(({ what }) => plan.input.tensors[what]?.name ?? []);
  const names = never
    .map(({ what }) => what)
    .filter(
      (name) =>
        isReplacedByTarget(name) &&
        !refused.some((tensor) => tensor.endsWith(name.replace(/^model\.(?=embed_tokens)/, ''))) &&
        (name === 'model.embed_tokens.weight'
          ? present.length > 0
          : present.some((layer) => name.startsWith(`model.layers.${layer}.`))),
    );
  if (names.length === 0) return null;
  const raises = names.some((name) => strictMissing.some(({ what }) => what === name));
  const candidates = candidateCopies(picture);
  const elsewhere =
    candidates.length === 0
      ? ''
      : `; ${namesText(candidates, 4)} ${candidates.length === 1 ? 'has' : 'have'} the shape of one, under ${candidates.length === 1 ? 'a name' : 'names'} that the drafter does not read`;
  return {
    code: 'sharedCopiesAbsent',
    severity: raises ? 'blocker' : 'note',
    sentence: `${namesText(names)} ${names.length === 1 ? 'is' : 'are'} not in the checkpoint and must alias the target's embedding or head; ${raises ? 'the model is unquantised, so the strict check raises ValueError before the reference shares them' : 'the reference shares them after loading, and checks nothing because the model is quantised'}${elsewhere}.`,
    evidence: evidenceOf([
      ...parameterEvidence(names),
      ...candidates.map((name) => about('tensor', name, `candidate source: ${name}`)),
    ]),
    hint: raises
      ? "Add copies of the target's embed_tokens and lm_head to the MTP layer, or use a version that shares them first."
      : 'Nothing to do for this engine; others may want their own copies.',
  };
};

/** Tensors of vocabulary by hidden size outside the names of target and MTP layers: a copy that a converter renamed. */
function candidateCopies({ plan }: LoadPicture): string[] {
  const { tensors, config } = plan.input;
  return tensors.flatMap(({ name, shape, file }) =>
    file >= 0 &&
    shape.length === 2 &&
    shape[0] === config.vocabSize &&
    shape[1] === config.hiddenSize &&
    !/^model\.(layers\.|embed_tokens\.)|^lm_head\./.test(name)
      ? [name]
      : [],
  );
}
