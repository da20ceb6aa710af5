/** The production rules against a second reading of the specification: first both against what was recorded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toGoldenRecord } from '../../../../electron/engine/loading/goldenRecord.ts';
import { parseTensorCase, planTensorCase, recordedScalar } from '../../../../electron/engine/session/tensorCase.ts';
import { generatedCases } from '../../../support/generatedCases.ts';
import { differences } from '../../../support/goldenOutput.ts';
import { type Case, secondReading } from '../../../support/secondReading/loader.ts';
import { goldenNames, readCase } from './goldenCases.ts';

describe('the second reading itself', () => {
  it.each(goldenNames())('repeats the recorded run %s', (name) => {
    const golden = readCase(name);
    const read = JSON.parse(JSON.stringify(secondReading(golden as unknown as Case)));
    const withoutDense = golden.moe == null ? { ...golden, model_attrs: read.model_attrs } : golden;
    const found = differences({ ...read, if_continued: null }, { ...withoutDense, error: null });
    expect(found).toEqual(golden.error === null ? [] : [expect.stringMatching(/^error/)]);
    if (golden.error !== null) expect(read.error).toMatchObject({ at: golden.error.at, type: golden.error.type });
  });
});

describe('the rules and the second reading', () => {
  const bases = goldenNames().map((name) => readCase(name) as unknown as Case);

  it('agree on cases that nobody recorded', { timeout: 120_000 }, () => {
    const outcomes = new Map<string, number>();
    fc.assert(
      fc.property(generatedCases(bases), (given) => {
        const second = JSON.parse(JSON.stringify(secondReading(given))) as Record<string, unknown>;
        const mine = JSON.parse(
          JSON.stringify(toGoldenRecord(planTensorCase(parseTensorCase(given)), { scalarOf: recordedScalar })),
        );
        const found = differences(mine, second).filter((path) => !path.startsWith('model_attrs'));
        expect(found).toEqual([]);
        const ending = endingOf(second);
        outcomes.set(ending, (outcomes.get(ending) ?? 0) + 1);
      }),
      { numRuns: Number(process.env.DRAFTSCOPE_FUZZ_RUNS ?? 400) },
    );
    // Cases that all stop at the same fault would prove little.
    for (const ending of ['whole', 'init AssertionError', 'KeyError', 'AssertionError', 'RuntimeError'])
      expect(outcomes.get(ending), ending).toBeGreaterThan(0);
  });
});

function endingOf(record: Record<string, unknown>): string {
  const initError = record.init_error as { type: string } | null;
  const error = record.error as { type: string } | null;
  return initError !== null ? `init ${initError.type}` : (error?.type ?? 'whole');
}
