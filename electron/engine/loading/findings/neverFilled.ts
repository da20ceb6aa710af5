import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, isReplacedByTarget, layersText, namesText, plural } from './finding.ts';
import type { LoadPicture } from './loadPicture.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { foreignPrefixesOf } from './nameCensus.ts';

export const neverFilled: FindingRule = (picture) => {
  const empty = picture.never.filter(({ what }) => !isReplacedByTarget(what));
  if (empty.length === 0) return null;
  const names = empty.map(({ what }) => what);
  const foreign = foreignPrefixesOf(picture.census);
  const elsewhere = foreign.length === 0 ? '' : `, while the files hold tensors under ${namesText(foreign, 3)}`;
  const sources = candidateSources(picture, names);
  const { numRedundantExperts } = picture.plan.input.parallel;
  const areSpareRows = numRedundantExperts > 0 && names.every((name) => name.includes('.mlp.experts.'));
  const raises = names.every((name) => picture.strictMissing.some(({ what }) => what === name));
  return {
    code: 'neverFilled',
    severity: raises ? 'blocker' : 'silent',
    sentence: `${plural(names.length, 'parameter')}${layersText(names)} ${names.length === 1 ? 'is' : 'are'} never filled${onRanks(ranksOf(empty), picture)} and would hold whatever was in memory: ${namesText(names)}${elsewhere}.`,
    evidence: evidenceOf([...names.map((name) => about('parameter', name)), ...sources]),
    hint: areSpareRows
      ? 'Redundant expert slots are never filled by the MTP loader of this release, and these ranks hold nothing else; leave them out.'
      : foreign.length > 0
        ? 'The drafter reads model.layers.<number>. only: rename the tensors, or use the engine that knows their layout.'
        : 'Look for the tensors in another file or revision of the checkpoint.',
  };
};

/** Tensors outside the main model's own names whose shape is that of an empty parameter. */
function candidateSources({ plan, census }: LoadPicture, names: readonly string[]) {
  const outside = new Set([...census.foreign.values()].flat());
  const wanted = new Map(plan.table.parameters.map((parameter) => [parameter.name, parameter.shape.join()]));
  const shapes = new Map(names.map((name) => [wanted.get(name) ?? '', name]));
  return [...outside].flatMap((index) => {
    const tensor = plan.input.tensors[index];
    const parameter = tensor === undefined || tensor.file < 0 ? undefined : shapes.get(tensor.shape.join());
    return tensor === undefined || parameter === undefined
      ? []
      : [about('tensor', tensor.name, `candidate source: ${tensor.name} has the shape of ${parameter}`)];
  });
}
