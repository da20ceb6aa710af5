/** Compares what `plan --json` prints with a recorded run, field by field, as JSON values. */

type Json = Record<string, unknown>;

/** The output fields of a recorded run that a plan must repeat. Texts of errors are ours. */
export const outputFields = [
  'init_error',
  'error',
  'events',
  'loaded_params',
  'loaded_params_contains_none',
  'loaded_params_not_a_param',
  'never_loaded',
  'partially_loaded',
  'strict_check_missing',
  'params',
  'moe',
  'model_attrs',
] as const;

/** What goes on under `if_continued` when the reference stops: every field that depends on the tensors. */
export const continuedFields = [
  'loaded_params',
  'loaded_params_contains_none',
  'loaded_params_not_a_param',
  'never_loaded',
  'partially_loaded',
  'strict_check_missing',
  'params',
] as const;

/**
 * Paths at which the record differs from the recorded run, with both values; empty = none. An absent field counts as
 * null, and events after the recorded end are allowed when they say `after_error`.
 */
export function differences(record: Json, recorded: Json): string[] {
  const found: string[] = [];
  for (const field of outputFields) {
    if (field !== 'events') compare(record[field], recorded[field], field, found);
  }
  const events = listOf(record.events);
  const recordedEvents = listOf(recorded.events);
  for (const [index, event] of recordedEvents.entries()) compare(events[index], event, `events[${index}]`, found);
  for (const [index, event] of events.entries()) {
    const after = (event as Json | null)?.after_error === true;
    if (after !== index >= recordedEvents.length) found.push(`events[${index}].after_error is ${after}`);
  }
  const expectContinued = recorded.error != null;
  if (expectContinued !== (record.if_continued != null)) found.push('if_continued');
  if (expectContinued) {
    const continued = (record.if_continued ?? {}) as Json;
    for (const field of continuedFields) if (continued[field] === undefined) found.push(`if_continued.${field}`);
    const tensors = listOf(recorded.tensors).length;
    if (events.length !== tensors) found.push(`${events.length} events for ${tensors} tensors`);
  }
  return found;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function compare(mine: unknown, theirs: unknown, path: string, found: string[]): void {
  const [a, b] = [mine ?? null, theirs ?? null];
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) found.push(`${path}: ${a.length} entries instead of ${b.length}`);
    for (let index = 0; index < Math.min(a.length, b.length); index++)
      compare(a[index], b[index], `${path}[${index}]`, found);
  } else if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
      if (key !== 'message') compare(a[key], b[key], `${path}.${key}`, found);
  } else if (a !== b && !(a === 0 && b === 0)) {
    found.push(`${path}: ${JSON.stringify(a)} instead of ${JSON.stringify(b)}`);
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
