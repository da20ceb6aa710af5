/** Why nothing is accepted: findings first, then what the run itself was asked to do. Pure. */
import type { DecodeState, Plan } from '../../electron/common/contract.ts';

export interface LikelyCauses {
  /** Indices into the findings of the plan: what loads and silently spoils drafts. */
  readonly findings: readonly number[];
  /** One sentence each. */
  readonly settings: readonly string[];
}

/** Drafts after which none accepted is no accident. */
export const tellingDrafts = 8;

/** Whether a run that drafted had not one draft accepted, and that says something. */
export function isNothingAccepted(
  counters: { readonly drafted: number; readonly accepted: number; readonly numDrafts: number } | undefined,
  isOver: boolean,
): boolean {
  if (counters === undefined || counters.drafted === 0 || counters.accepted > 0) return false;
  return isOver || counters.numDrafts >= tellingDrafts;
}

export function likelyCauses(plan: Plan, run: DecodeState): LikelyCauses {
  const findings = plan.findings.flatMap(({ severity }, at) => (severity === 'silent' ? [at] : []));
  const settings: string[] = [];
  if (run.alternatives.length > 0)
    settings.push(`The MTP layers are fed in another way than they were trained: ${run.alternatives.join(', ')}.`);
  if (run.sampling.temperature > 1)
    settings.push(`Temperature ${run.sampling.temperature} spreads the target’s choice over many tokens.`);
  if (findings.length === 0 && settings.length === 0)
    settings.push(
      'Nothing was found that explains it. Look at the values of the MTP layers in Mapping, or compare hidden states with another engine: draftscope forward.',
    );
  return { findings, settings };
}
