import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';
import { refusedTensors, shapesText } from './shapes.ts';

export const shapeRefused: FindingRule = (picture) => {
  const refused = refusedTensors(picture);
  const [first] = refused;
  if (first === undefined) return null;
  return {
    code: 'shapeRefused',
    severity: 'blocker',
    sentence: `${plural(refused.length, 'tensor')} ${refused.length === 1 ? 'has a shape' : 'have shapes'} that the loader refuses${onRanks(ranksOf(refused), picture)}: ${shapesText(first.what)}.`,
    evidence: evidenceOf(
      refused.map(({ what, ranks }) => about('tensor', what.tensor.name, shapesText(what) + onRanks(ranks, picture))),
    ),
    hint: 'Compare the sizes in config.json with those of the files: one of them belongs to another model or revision.',
  };
};
