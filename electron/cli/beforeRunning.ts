/** What the findings say before weights are read: blockers refuse, silent ones are told and the command goes on. */
import type { Finding, Plan } from '../common/contract.ts';
import { FailureError } from '../common/failure.ts';
import type { Checkpoint } from '../engine/checkpoint/openCheckpoint.ts';
import { computedBlockers, referencePlans } from '../engine/session/computedBlockers.ts';
import { type CliOutput, printNote } from './cliOutput.ts';

type Findings = Pick<Plan, 'findings'>;

/** @throws FailureError planHasErrors, with the gravest blocker named */
export function refuseBlockers({ findings }: Findings, output: CliOutput): void {
  refuse(findings.filter(isBlocker));
  tellSilent({ findings }, output);
}

function isBlocker({ severity }: Finding): boolean {
  return severity === 'blocker';
}

function refuse([blocker, ...others]: readonly Finding[]): void {
  if (blocker === undefined) return;
  const more = others.length === 0 ? '' : ` Blocking too: ${[...new Set(others.map(({ code }) => code))].join(', ')}.`;
  throw new FailureError('planHasErrors', `${blocker.code}: ${blocker.sentence}${more}`, { hint: blocker.hint });
}

/**
 * As refuseBlockers, but for those that stop the reference alone: these are told, with why they can be computed.
 * @throws FailureError planHasErrors
 */
export function refuseOrCompute({ findings }: Findings, checkpoint: Checkpoint, output: CliOutput): void {
  const blockers = findings.filter(isBlocker);
  const listed = computedBlockers.filter(({ code }) => blockers.some((blocker) => blocker.code === code));
  const plans = listed.length === 0 ? null : referencePlans(checkpoint);
  const reasons = new Map(
    listed.flatMap(({ code, reason, holds }) => (plans !== null && holds(plans) ? [[code, reason]] : [])),
  );
  refuse(blockers.filter(({ code }) => !reasons.has(code)));
  for (const { code, sentence } of blockers) printNote(output, `blocker ${code}: ${sentence}`);
  for (const reason of new Set(reasons.values())) printNote(output, `note: computed all the same: ${reason}.`);
  tellSilent({ findings }, output);
}

/** Every silent finding as a note, before a command that runs all the same. */
function tellSilent({ findings }: Findings, output: CliOutput): void {
  for (const { severity, code, sentence } of findings)
    if (severity === 'silent') printNote(output, `${severity} ${code}: ${sentence}`);
}
