/** Reads the recorded traces of the reference loader and plans the same input. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Dtype } from '../../../../electron/common/domain.ts';
import { type LoadPicture, pictureOf } from '../../../../electron/engine/loading/findings/loadPicture.ts';
import { toGoldenRecord } from '../../../../electron/engine/loading/goldenRecord.ts';
import type { LoadPlan, PlanInput } from '../../../../electron/engine/loading/loadPlan.ts';
import { placeGroup, rankOf } from '../../../../electron/engine/placement/expertPlacement.ts';
import {
  parseTensorCase,
  planTensorCase,
  recordedScalar,
  tensorsOf,
} from '../../../../electron/engine/session/tensorCase.ts';

export interface GoldenCase {
  readonly case: string;
  readonly note: string;
  readonly config: Record<string, unknown>;
  readonly parallel: Record<string, unknown>;
  readonly quant: Record<string, unknown>;
  readonly init_error: { readonly type: string } | null;
  readonly error: { readonly at: string | null; readonly type: string } | null;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[]; readonly dtype: Dtype }[];
  readonly events: readonly {
    readonly name: string;
    readonly path: readonly string[];
    readonly outcome: string;
    readonly rule: string;
  }[];
  readonly [field: string]: unknown;
}

const goldenFolder = join(import.meta.dirname, '../../../golden');

export function readGolden<T>(folder: 'load' | 'math', file: string): T {
  return JSON.parse(gunzipSync(readFileSync(join(goldenFolder, folder, file))).toString('utf8')) as T;
}

export function goldenNames(): string[] {
  return readdirSync(join(goldenFolder, 'load'))
    .filter((file) => file.endsWith('.json.gz'))
    .map((file) => file.replace('.json.gz', ''))
    .sort();
}

export function readCase(name: string): GoldenCase {
  return readGolden<GoldenCase>('load', `${name}.json.gz`);
}

export const tensorsFrom = tensorsOf;

export function planCase(golden: GoldenCase, changes: Partial<PlanInput> = {}): LoadPlan {
  return planTensorCase(parseTensorCase(golden), changes);
}

/** All ranks of a plan's set-up together, as the findings see them. */
export function allRanks(plan: LoadPlan): LoadPicture {
  const group = placeGroup(plan.input.config, plan.input.parallel);
  return pictureOf(plan, (rank) => rankOf(group, rank));
}

/** The record of our plan of a case, as it would stand in a file. */
export function recordOf(golden: GoldenCase, changes: Partial<PlanInput> = {}): Record<string, unknown> {
  const record = toGoldenRecord(planCase(golden, changes), {
    caseName: golden.case,
    note: golden.note,
    scalarOf: recordedScalar,
  });
  return asRecorded(JSON.parse(JSON.stringify(record)) as Record<string, unknown>);
}

/** checkpoint_options says how the recording made its tensors; the tensors themselves are compared. */
const informationOnly = ['checkpoint_options'];

function withoutMessages(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutMessages);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'message');
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutMessages(inner)]));
}

/** A record up to where the recording stopped: what we say beyond it has its own test. */
function asRecorded(record: Record<string, unknown>): Record<string, unknown> {
  const { if_continued: _beyond, ...rest } = record;
  const events = (rest.events as { after_error?: boolean }[]).filter((event) => event.after_error !== true);
  return { ...rest, events };
}

/** A record without what is information only and without the texts of errors, which are ours. */
export function comparable(record: Record<string, unknown> | GoldenCase): unknown {
  const entries = Object.entries(record).filter(([key]) => !informationOnly.includes(key));
  return withoutMessages(Object.fromEntries(entries));
}
