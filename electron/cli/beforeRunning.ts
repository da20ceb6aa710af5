/** What the findings say before weights are read: blockers refuse, silent ones are told and the command goes on. */
import type { Plan } from '../common/contract.ts';
import { FailureError } from '../common/failure.ts';
import { type CliOutput, printNote } from './cliOutput.ts';

/** @throws FailureError planHasErrors, with the gravest blocker named */
export function refuseBlockers({ findings }: Plan, output: CliOutput): void {
  const [blocker, ...others] = findings.filter(({ severity }) => severity === 'blocker');
  if (blocker !== undefined) {
    const more =
      others.length === 0 ? '' : ` Blocking too: ${[...new Set(others.map(({ code }) => code))].join(', ')}.`;
    throw new FailureError('planHasErrors', `${blocker.code}: ${blocker.sentence}${more}`, { hint: blocker.hint });
  }
  tellSilent({ findings }, output);
}

/** Every silent finding as a note, before a command that runs all the same. */
export function tellSilent({ findings }: Pick<Plan, 'findings'>, output: CliOutput): void {
  for (const { severity, code, sentence } of findings)
    if (severity === 'silent') printNote(output, `${severity} ${code}: ${sentence}`);
}
