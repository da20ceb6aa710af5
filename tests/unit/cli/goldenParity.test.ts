/** Every recorded run through the command line: only its input fields go in, all output fields are compared. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../support/checkpointFolder.ts';
import { cliRun } from '../../support/cliRun.ts';
import { differences, outputFields } from '../../support/goldenOutput.ts';
import { type GoldenCase, goldenNames, readCase } from '../engine/loading/goldenCases.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** @param golden only its input fields are handed over */
async function printedPlan(golden: GoldenCase): Promise<Record<string, unknown>> {
  const { config, parallel, quant, checkpoint_options, tensors } = golden;
  const file = join(folder, 'case.json');
  writeFileSync(file, JSON.stringify({ config, parallel, quant, checkpoint_options, tensors }));
  const { code, out, err } = await cliRun('plan', '--tensors', file, '--json');
  expect(err).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Record<string, unknown>;
}

describe('plan --tensors CASE.json --json', () => {
  it.each(goldenNames())('%s', async (name) => {
    const golden = readCase(name);
    expect(differences(await printedPlan(golden), golden)).toEqual([]);
  });
});

describe('the comparison itself', () => {
  it('sees a change in any output field, at any depth', () => {
    const golden = readCase('aiter-fse-fp8-shared2-ep2-r1');
    expect(differences(golden, golden)).toEqual([]);
    for (const field of outputFields) {
      const changed = JSON.parse(JSON.stringify(golden)) as Record<string, unknown>;
      changed[field] = 'something else';
      expect(differences(changed, golden), field).not.toEqual([]);
    }
    for (const [index, event] of golden.events.entries()) {
      if (index > 0 && !event.name.includes('shared_experts.down_proj')) continue;
      const own: (readonly (string | number)[])[] = [];
      collectLeaves(event, [], own);
      expect(own.length).toBeGreaterThan(3);
      for (const path of own) {
        const changed = JSON.parse(JSON.stringify(golden)) as { events: unknown[] } & Record<string, unknown>;
        setAt(changed.events[index], path, 'something else');
        expect(differences(changed, golden), path.join('.')).not.toEqual([]);
      }
    }
  });

  it('sees an event too many or too few, and a missing continuation', () => {
    const golden = readCase('odd-wrong-shape-enorm');
    const continued = Object.fromEntries(outputFields.map((field) => [field, golden[field]]));
    const rest = golden.tensors.slice(golden.events.length).map(({ name }) => ({ name, after_error: true }));
    const whole = { ...golden, if_continued: continued, events: [...golden.events, ...rest] };
    expect(differences(whole, golden)).toEqual([]);
    expect(differences({ ...whole, if_continued: null }, golden)).not.toEqual([]);
    expect(differences({ ...whole, events: golden.events }, golden)).not.toEqual([]);
    expect(
      differences({ ...whole, events: [...golden.events, ...rest.map(({ name }) => ({ name }))] }, golden),
    ).not.toEqual([]);
  });
});

function collectLeaves(
  value: unknown,
  path: readonly (string | number)[],
  into: (readonly (string | number)[])[],
): void {
  if (typeof value !== 'object' || value === null) into.push(path);
  else for (const [key, inner] of Object.entries(value)) collectLeaves(inner, [...path, key], into);
}

function setAt(target: unknown, path: readonly (string | number)[], value: unknown): void {
  const last = path.at(-1);
  let place = target as Record<string, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  if (last !== undefined) place[last] = value;
}
