import { parameterEvidence } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';

export const strictCheckWouldRaise: FindingRule = (picture) => {
  const { strictMissing, firstErrors } = picture;
  if (strictMissing.length === 0 || firstErrors.length > 0) return null;
  const names = strictMissing.map(({ what }) => what);
  return {
    code: 'strictCheckWouldRaise',
    severity: 'blocker',
    sentence: `After loading${onRanks(ranksOf(strictMissing), picture)}, the reference raises ValueError: ${plural(names.length, 'parameter')} not initialised from the checkpoint, ${namesText(names)}. It checks this for unquantised models only, by name.`,
    evidence: parameterEvidence(names),
    hint: 'Add the missing tensors, or choose a set-up in which no rank has such parameters.',
  };
};
