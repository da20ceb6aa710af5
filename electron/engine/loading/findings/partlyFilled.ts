import { about, evidenceOf, parameterEvidence } from './evidence.ts';
import { type FindingRule, layersText, plural, slotText } from './finding.ts';
import { onRanks, ranksOf } from './loadPicture.ts';

export const partlyFilled: FindingRule = (picture) => {
  const { partly, emptySlots, plan } = picture;
  if (partly.length === 0) return null;
  const names = partly.map(({ what }) => what);
  const example =
    emptySlots[0] === undefined ? '' : ` (${slotText(emptySlots[0].what)}${emptySlots.length === 1 ? '' : ' first'})`;
  const elements = emptySlots.reduce((sum, { what, ranks }) => sum + what.numel * ranks.length, 0);
  return {
    code: 'partlyFilled',
    severity: 'silent',
    sentence: `${plural(names.length, 'parameter')}${layersText(names)} would be filled only in part${onRanks(ranksOf(partly), picture)}: ${plural(emptySlots.length, 'slot')} with ${plural(elements, 'element')} ${emptySlots.length === 1 ? 'gets' : 'get'} no data${example}, and the reference does not notice.`,
    evidence:
      emptySlots.length > 0
        ? evidenceOf(
            emptySlots.map(({ what, ranks }) =>
              about('parameter', what.parameterName, slotText(what) + onRanks(ranks, picture)),
            ),
          )
        : parameterEvidence(names),
    hint:
      plan.input.parallel.numRedundantExperts > 0
        ? 'Redundant expert slots are never filled by the MTP loader of this release; without them every slot is.'
        : 'Look for the missing halves or experts in another file or revision of the checkpoint.',
  };
};
