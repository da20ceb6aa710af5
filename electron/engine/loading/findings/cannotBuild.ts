import type { RaisedError } from '../../../common/domain.ts';
import { evidenceOf } from './evidence.ts';
import type { FindingRule } from './finding.ts';
import { type OnRanks, onRanks, ranksOf } from './loadPicture.ts';

/** One for each kind of error: what differs from rank to rank stands in the evidence. */
export const cannotBuild: FindingRule = (picture) => {
  const ofType = new Map<string, OnRanks<RaisedError>[]>();
  for (const error of picture.initErrors) {
    const list = ofType.get(error.what.type);
    if (list === undefined) ofType.set(error.what.type, [error]);
    else list.push(error);
  }
  return [...ofType].map(([type, errors]) => {
    const [first] = errors;
    return {
      code: 'cannotBuild',
      severity: 'blocker',
      sentence: `The reference cannot build the model${onRanks(ranksOf(errors), picture)} and raises ${type}: ${first?.what.message}`,
      evidence:
        errors.length === 1 ? [] : evidenceOf(errors.map(({ what, ranks }) => `${rankText(ranks)}: ${what.message}`)),
      hint: 'Change the parallel set-up, or correct the value in config.json.',
    };
  });
};

function rankText(ranks: readonly number[]): string {
  return ranks.length === 1
    ? `Rank ${ranks[0]}`
    : `Ranks ${ranks.slice(0, 6).join(', ')}${ranks.length > 6 ? ', ...' : ''}`;
}
