/** The selected thing as text for the clipboard. Pure. */
import type { Checkpoint, Finding, Plan } from '../../electron/common/contract.ts';
import type { Selection } from './selectionStore.ts';
import { targetOf } from './targets.ts';

/** Its name; of a finding all of it; '' for nothing. */
export function selectionText(selection: Selection, checkpoint: Checkpoint, plan: Plan): string {
  if (selection.kind === 'finding') {
    const finding = plan.findings[selection.finding];
    return finding ? findingText(finding) : '';
  }
  const target = targetOf(selection, checkpoint, plan);
  if (target === null) return '';
  switch (selection.kind) {
    case 'expert':
      return `expert ${selection.expert} on rank ${selection.rank}`;
    case 'rank':
      return `rank ${selection.rank}`;
    case 'step':
      return `step ${selection.step}, position ${selection.position}`;
    default:
      return target.name;
  }
}

/** A finding as lines: severity, code and sentence, then its evidence. */
export function findingText(finding: Finding): string {
  return [
    `${finding.severity} (${finding.code}): ${finding.sentence}`,
    ...finding.evidence.map(({ text }) => `  ${text}`),
    finding.hint,
  ]
    .filter((line) => line !== '')
    .join('\n');
}
