/** What the views show, as tables and as JSON. Pure. */
import type { Checkpoint, Placement, Plan } from '../../electron/common/contract.ts';
import { outcomes } from '../../electron/common/domain.ts';
import { byteKinds } from '../../electron/common/schemas/placement.ts';
import { csvOf } from './csv.ts';

/** @param rows tensor indices, in the order in which they are shown */
export function tensorsCsv(checkpoint: Checkpoint, plan: Plan, rows: Uint32Array): string {
  const { tensors, files } = checkpoint;
  const decided = plan.tensors;
  const header = [
    'tensor',
    'outcome',
    'rule',
    'parameter',
    'slot',
    'expert',
    'layer',
    'dtype',
    'shape',
    'file',
    'bytes',
  ];
  const known = (value: number | undefined) => (value === undefined || value < 0 ? null : value);
  const line = (index: number) => {
    const parameter = plan.parameters[decided.parameter[index] ?? -1];
    return [
      tensors.names[index] ?? '',
      outcomes[decided.outcome[index] ?? -1] ?? '',
      plan.rules[decided.rule[index] ?? -1]?.id ?? '',
      parameter?.name ?? null,
      parameter === undefined ? null : (plan.slotNames[decided.slot[index] ?? -1] ?? null),
      known(decided.expert[index]),
      known(tensors.layer[index]),
      tensors.dtypes[index] ?? '',
      (tensors.shapes[index] ?? []).join('x'),
      files[tensors.file[index] ?? -1]?.name ?? null,
      tensors.bytes[index] ?? 0,
    ];
  };
  return csvOf(header, Array.from(rows, line));
}

/** One line a rank: the experts that it holds and the bytes of its parameters by kind, drafter and target. */
export function placementCsv(placement: Placement): string {
  const { slots, drafter, target, tensors } = placement;
  const header = [
    'rank',
    'experts',
    ...(['drafter', 'target'] as const).flatMap((model) => [
      `${model} bytes`,
      ...byteKinds.map((kind) => `${model} ${kind}`),
    ]),
    'drafter tensors loaded',
    'drafter tensors on other ranks',
  ];
  const ofRank = ({ total, bytes }: Placement['drafter'], rank: number) => [
    total[rank] ?? 0,
    ...byteKinds.map((_, at) => bytes[rank * byteKinds.length + at] ?? 0),
  ];
  const lines = Array.from({ length: placement.numRanks }, (_, rank) => [
    rank,
    [...slots.routed.subarray(slots.start[rank], slots.start[rank + 1])].join(' '),
    ...ofRank(drafter, rank),
    ...ofRank(target, rank),
    tensors?.loaded[rank] ?? null,
    tensors?.elsewhere[rank] ?? null,
  ]);
  return csvOf(header, lines);
}

/** The plan without its columns over the tensors; those are what the table is for. */
export function planJson(checkpoint: Checkpoint, plan: Plan, version: string): string {
  const { reference, parallel, verdict, initError, firstError, findings, rules, totals } = plan;
  const { parameters, neverLoaded, partiallyLoaded, reportedButNotLoaded } = plan;
  const { name, card, sources, files, parts, problems } = checkpoint;
  const record = {
    application: `Draftscope ${version}`,
    reference,
    checkpoint: { name, totals: checkpoint.totals, card, sources, files, parts, problems },
    setUp: parallel,
    verdict,
    initError,
    firstError,
    findings,
    rules,
    totals,
    parameters,
    neverLoaded,
    partiallyLoaded,
    reportedButNotLoaded,
  };
  return `${JSON.stringify(record, null, 2)}\n`;
}
