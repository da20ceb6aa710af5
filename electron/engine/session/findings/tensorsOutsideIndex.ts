import { about, evidenceOf } from '../../loading/findings/evidence.ts';
import { plural } from '../../loading/findings/finding.ts';
import type { CheckpointFindingRule } from './checkpointFindings.ts';

export const tensorsOutsideIndex: CheckpointFindingRule = ({ outsideIndex: { tensors } }) => {
  const [first] = tensors;
  if (first === undefined) return null;
  return {
    code: 'tensorsOutsideIndex',
    severity: 'warning',
    sentence: `The files hold ${plural(tensors.length, 'tensor')} that the index omits, ${first.name} in ${first.file} first; the reference reads whole files, so they are loaded all the same.`,
    evidence: evidenceOf(tensors.map(({ name, file }) => about('tensor', name, `${name} in ${file}`))),
    hint: 'Write the index anew; tools that go by it would miss these tensors.',
  };
};
