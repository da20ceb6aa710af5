import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, plural, slotText } from './finding.ts';

export const filledTwice: FindingRule = (plan) => {
  const { twice } = plan.slots;
  if (twice.length === 0) return null;
  return {
    code: 'filledTwice',
    severity: 'warning',
    sentence: `${plural(twice.length, 'slot')} would be written more than once; the tensor that comes last wins.`,
    evidence: evidenceOf(
      twice.map((slot) =>
        about(
          'parameter',
          plan.parameters[slot.parameter]?.name ?? '',
          `${slotText(plan, slot)}, by ${plural(slot.tensors.length, 'tensor')}`,
        ),
      ),
    ),
    hint: 'Remove the duplicates, so that the order of the files does not decide.',
  };
};
