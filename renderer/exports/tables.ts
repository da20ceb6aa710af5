/** What the views show, as tables and as JSON. Pure. */
import type { Checkpoint, Plan } from '../../electron/common/contract.ts';
import { outcomes } from '../../electron/common/domain.ts';
import { type CsvValue, csvOf } from './csv.ts';
import { jsonOf } from './json.ts';

type Field = readonly [title: string, value: (tensor: number) => CsvValue];

/** What Mapping shows of a tensor. */
function tensorFields({ tensors, files }: Checkpoint, plan: Plan): readonly Field[] {
  const decided = plan.tensors;
  const known = (value: number | undefined) => (value === undefined || value < 0 ? null : value);
  const parameterOf = (tensor: number) => plan.parameters[decided.parameter[tensor] ?? -1];
  return [
    ['tensor', (at) => tensors.names[at] ?? ''],
    ['outcome', (at) => outcomes[decided.outcome[at] ?? -1] ?? ''],
    ['rule', (at) => plan.rules[decided.rule[at] ?? -1]?.id ?? ''],
    ['parameter', (at) => parameterOf(at)?.name ?? null],
    ['slot', (at) => (parameterOf(at) === undefined ? null : (plan.slotNames[decided.slot[at] ?? -1] ?? null))],
    ['expert', (at) => known(decided.expert[at])],
    ['layer', (at) => known(tensors.layer[at])],
    ['dtype', (at) => tensors.dtypes[tensors.dtype[at] ?? -1] ?? ''],
    ['shape', (at) => (tensors.shapes[tensors.shape[at] ?? -1] ?? []).join('x')],
    ['file', (at) => files[tensors.file[at] ?? -1]?.name ?? null],
    ['bytes', (at) => tensors.bytes[at] ?? 0],
  ];
}

/** @param rows tensor indices, in the order in which they are shown */
export function tensorsCsv(checkpoint: Checkpoint, plan: Plan, rows: Uint32Array): string {
  const fields = tensorFields(checkpoint, plan);
  return csvOf(
    fields.map(([title]) => title),
    Array.from(rows, (tensor) => fields.map(([, value]) => value(tensor))),
  );
}

/**
 * @param rows tensor indices, in the order in which they are shown
 * @param filter what they were filtered by, in words
 */
export function tensorsJson(
  checkpoint: Checkpoint,
  plan: Plan,
  rows: Uint32Array,
  filter: Readonly<Record<string, string>>,
  version: string,
): string {
  const fields = tensorFields(checkpoint, plan);
  return jsonOf({
    application: `Draftscope ${version}`,
    reference: plan.reference,
    checkpoint: checkpoint.name,
    setUp: plan.parallel,
    filter,
    tensors: Array.from(rows, (tensor) => Object.fromEntries(fields.map(([title, value]) => [title, value(tensor)]))),
  });
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
  return jsonOf(record);
}
