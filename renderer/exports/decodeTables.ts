/** A decode as CSV, one line a step, and as JSON. Pure. */
import { acceptanceRate, meanAcceptanceLength, ratesByPosition } from '../../electron/common/acceptanceMetrics.ts';
import type { DecodeState, DecodeStep } from '../../electron/common/contract.ts';
import { csvOf } from './csv.ts';

/** Lists within a field are parted by spaces; texts are left to the JSON. */
export function stepsCsv(steps: readonly DecodeStep[]): string {
  const header = [
    'step',
    'context',
    'drafts',
    'verdicts',
    'draft probabilities',
    'target probabilities',
    'accepted',
    'next',
    'kind',
    'draft micros',
    'verify micros',
    'mean acceptance length',
  ];
  return csvOf(
    header,
    steps.map((step) => [
      step.index,
      step.contextLen,
      step.draftIds.join(' '),
      step.verdicts.join(' '),
      step.draftProbabilities.join(' '),
      step.targetProbabilities.join(' '),
      step.accepted,
      step.nextId,
      step.kind,
      step.draftMicros,
      step.verifyMicros,
      meanAcceptanceLength(step.counters),
    ]),
  );
}

/** The run, its acceptance, and every step with texts; candidates are left out, they would be most of the file. */
export function decodeJson(
  checkpoint: string,
  run: DecodeState | null,
  steps: readonly DecodeStep[],
  version: string,
): string {
  const counters = steps.at(-1)?.counters;
  const record = {
    application: `Draftscope ${version}`,
    checkpoint,
    run,
    acceptance: counters && {
      meanLength: meanAcceptanceLength(counters),
      rate: acceptanceRate(counters),
      byPosition: ratesByPosition(counters),
      counters,
    },
    steps: steps.map(({ run: _run, draftCandidates: _draft, targetCandidates: _target, ...step }) => step),
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
