import type { Dtype } from '../../../common/domain.ts';
import { quantizedStem } from '../unmodelledQuantization.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { hasOtherShape, loadedTensors, type Placed, shapesText } from './shapes.ts';

/** Tensors that are too long are cut, and expert tensors that are too small are spread, without a word. */
export const shapeAccepted: FindingRule = (picture) => {
  // An already fused tensor is expected in the shape of all its parts, and chunks of shared experts are cut on purpose.
  const { fuseSharedExperts } = picture.plan.context;
  const isFollowedByName = ({ tensor }: Placed) =>
    picture.plan.quantization.method === 'other' && (quantizedStem(tensor.name) !== null || !isFloat(tensor.dtype));
  const odd = loadedTensors(picture).filter(
    ({ what }) =>
      !isFollowedByName(what) &&
      hasOtherShape(what) &&
      !(fuseSharedExperts && what.tensor.name.includes('mlp.shared_experts')),
  );
  const [first] = odd;
  if (first === undefined) return null;
  return {
    code: 'shapeAccepted',
    severity: 'silent',
    sentence: `${plural(odd.length, 'tensor')} of another shape than expected would be cut or spread without an error${onRanks(ranksOf(odd), picture)}, so the values are wrong: ${shapesText(first.what)}.`,
    evidence: evidenceOf(
      odd.map(({ what, ranks }) => about('tensor', what.tensor.name, shapesText(what) + onRanks(ranks, picture))),
    ),
    hint: 'Compare the sizes in config.json with those of the files: the reference checks no shapes here.',
  };
};

function isFloat(dtype: Dtype): boolean {
  return dtype === 'BF16' || dtype === 'F16' || dtype === 'F32' || dtype === 'F64';
}
