/** Lines of evidence: plain text, or text about one thing that the page can lead to. */
import type { Evidence } from '../../../common/contract.ts';

export type { Evidence } from '../../../common/contract.ts';

export type EvidenceKind = NonNullable<Evidence['target']>['kind'];

const evidenceLimit = 20;

/** @param text the line; the name itself where nothing is said beside it */
export function about(kind: EvidenceKind, name: string, text = name): Evidence {
  return { text, target: { kind, name } };
}

/** The first lines and how many more there are. Plain texts become lines about nothing in particular. */
export function evidenceOf(lines: readonly (Evidence | string)[]): Evidence[] {
  const shown = lines.length <= evidenceLimit ? lines : lines.slice(0, evidenceLimit - 1);
  const evidence = shown.map((line) => (typeof line === 'string' ? { text: line } : line));
  const more = lines.length - shown.length;
  return more === 0 ? evidence : [...evidence, { text: `and ${more.toLocaleString('en-US')} more` }];
}

export function tensorEvidence(names: readonly string[]): Evidence[] {
  return evidenceOf(names.map((name) => about('tensor', name)));
}

export function parameterEvidence(names: readonly string[]): Evidence[] {
  return evidenceOf(names.map((name) => about('parameter', name)));
}
