import { about, evidenceOf, parameterEvidence } from './evidence.ts';
import { type FindingRule, plural, slotText } from './finding.ts';

export const partlyFilled: FindingRule = (plan) => {
  const { parameters } = plan;
  const partial = new Set(plan.partiallyLoaded);
  if (partial.size === 0) return null;
  const empty = plan.slots.never.filter(({ parameter }) => partial.has(parameters[parameter]?.name ?? ''));
  const missing = parameters
    .filter(({ name }) => partial.has(name))
    .reduce((sum, { numel, covered }) => sum + numel - covered, 0);
  return {
    code: 'partlyFilled',
    severity: 'silent',
    sentence: `${plural(partial.size, 'parameter')} would be filled only in part: ${plural(empty.length, 'slot')} with ${plural(missing, 'element')} get no data, and the reference does not notice.`,
    evidence:
      empty.length > 0
        ? evidenceOf(
            empty.map((slot) => about('parameter', parameters[slot.parameter]?.name ?? '', slotText(plan, slot))),
          )
        : parameterEvidence(plan.partiallyLoaded),
    hint:
      plan.input.parallel.numRedundantExperts > 0
        ? 'Redundant expert slots are never filled by the MTP loader of this release; without them every slot is.'
        : 'Look for the missing halves or experts in another file or revision of the checkpoint.',
  };
};
