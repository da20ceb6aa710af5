import { evidenceOf, type FindingRule, plural, slotText } from './finding.ts';

export const filledTwice: FindingRule = (plan) => {
  const { twice } = plan.slots;
  if (twice.length === 0) return null;
  return {
    code: 'filledTwice',
    severity: 'warning',
    sentence: `${plural(twice.length, 'slot')} would be written more than once; the tensor that comes last wins.`,
    evidence: evidenceOf(twice.map((slot) => `${slotText(plan, slot)}, by ${plural(slot.tensors.length, 'tensor')}`)),
    advice: 'Remove the duplicates, so that the order of the files does not decide.',
  };
};
