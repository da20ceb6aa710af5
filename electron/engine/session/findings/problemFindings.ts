/** Trouble that the opening met and went on after, one finding for each kind. */
import { basename } from 'node:path';
import type { Finding } from '../../../common/contract.ts';
import type { Failure, FailureCode } from '../../../common/failure.ts';
import { evidenceOf } from '../../loading/findings/evidence.ts';

/** The reference streams what the files hold and never asks the index for a tensor: it starts without. */
const silentCodes: ReadonlySet<FailureCode> = new Set<FailureCode>(['tensorMissing']);

/** Whether the reference starts in spite of it. */
export function isSilentProblem(code: FailureCode): boolean {
  return silentCodes.has(code);
}

function severityOf(code: FailureCode, isOtherFamily: boolean, isHarmless: boolean): Finding['severity'] {
  if (isOtherFamily && code === 'shardsAbsent') return 'note';
  if (isHarmless) return 'warning';
  return isSilentProblem(code) ? 'silent' : 'blocker';
}

export interface ProblemContext {
  /** Nothing of it is loaded here, so it can be told from names alone: absent files are a note then. */
  readonly isOtherFamily: boolean;
  /** Whether any parameter, of drafter or target, stays empty in part or whole. */
  readonly leavesGaps: boolean;
}

export function problemFindings(
  problems: readonly Failure[],
  { isOtherFamily, leavesGaps }: ProblemContext,
): readonly Finding[] {
  const ofCode = new Map<FailureCode, Failure[]>();
  for (const problem of problems) {
    const list = ofCode.get(problem.code);
    if (list === undefined) ofCode.set(problem.code, [problem]);
    else list.push(problem);
  }
  return [...ofCode].map(([code, list]): Finding => {
    const [first, ...others] = list as [Failure, ...Failure[]];
    const more = others.length === 0 ? '' : ` The same holds for ${others.length.toLocaleString('en-US')} more.`;
    const isHarmless = isSilentProblem(code) && !leavesGaps;
    return {
      code,
      severity: severityOf(code, isOtherFamily, isHarmless),
      sentence: `${first.message}${more}${isHarmless ? ' No parameter stays empty for it.' : ''}`,
      evidence: evidenceOf(
        list.map(({ message, path }) =>
          // What could not be read is in no list that a view could show it in.
          path === undefined || others.length > 0 ? message : basename(path),
        ),
      ),
      hint: first.hint,
    };
  });
}
