import { describe, expect, it } from 'vitest';
import {
  type Counts,
  closingLine,
  countNative,
  countPlaywright,
  countVitest,
  judgeRunner,
} from '../../../scripts/testReports.mjs';

const vitestFile = (status: string, tests: readonly string[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults: tests.map((test, index) => ({ status: test, fullName: `test ${index}` })),
});

describe('vitest reports', () => {
  it('are counted test by test, skipped ones by name', () => {
    const report = {
      testResults: [vitestFile('failed', ['passed', 'failed', 'skipped', 'todo']), vitestFile('passed', ['passed'])],
    };
    expect(countVitest(report)).toEqual({
      passed: 2,
      failed: 1,
      skipped: 2,
      notes: ['skipped: test 2', 'skipped: test 3'],
    });
  });

  it('count a test that never ran as a failure', () => {
    const counts = countVitest({ testResults: [vitestFile('passed', ['passed', 'pending'])] });
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 0, notes: ['never ran: test 1'] });
  });

  it('count a file that could not be loaded', () => {
    expect(countVitest({ testResults: [vitestFile('failed', [])] })).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('Playwright reports', () => {
  it('are counted, with the reason of skipped tests', () => {
    const skipped = { status: 'skipped', annotations: [{ type: 'skip', description: 'needs a GPU' }] };
    const report = {
      stats: { expected: 3, unexpected: 1, flaky: 1, skipped: 1 },
      errors: [],
      suites: [{ specs: [], suites: [{ specs: [{ title: 'draws', tests: [skipped] }] }] }],
    };
    expect(countPlaywright(report)).toEqual({
      passed: 4,
      failed: 1,
      skipped: 1,
      notes: ['skipped: draws (needs a GPU)'],
    });
  });

  it('count errors outside of tests as failures', () => {
    const report = {
      stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0 },
      errors: [{ message: 'no display' }],
      suites: [],
    };
    expect(countPlaywright(report)).toMatchObject({ failed: 1 });
  });
});

describe('native reports', () => {
  it('are taken as they are', () => {
    const report = { passed: 4, failed: 0, skipped: 1, failures: [] };
    expect(countNative(report)).toEqual({ passed: 4, failed: 0, skipped: 1, notes: [] });
  });
});

describe('the verdict over a runner', () => {
  const counts = (passed: number, failed: number): Counts => ({ passed, failed, skipped: 0, notes: [] });

  it.each([
    ['all is well', 0, counts(3, 0), 0],
    ['a test failed', 1, counts(2, 1), 1],
    ['it exits 1 without naming a failure', 1, counts(3, 0), 1],
    ['it was killed', null, counts(3, 0), 1],
    ['it ran nothing', 0, counts(0, 0), 1],
  ])('when %s', (_what, exitCode, found, failed) => {
    expect(judgeRunner('runner', exitCode, {}, () => found).failed).toBe(failed);
  });

  it('is one failure when there is no report, or one that cannot be read', () => {
    expect(judgeRunner('runner', 0, null, countVitest)).toMatchObject({ passed: 0, failed: 1 });
    expect(judgeRunner('runner', 0, { nothing: true }, countVitest)).toMatchObject({ passed: 0, failed: 1 });
    expect(judgeRunner('runner', 0, { passed: '3' }, countNative)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('the closing line', () => {
  it('is the sum', () => {
    const one: Counts = { passed: 5, failed: 0, skipped: 2, notes: [] };
    const two: Counts = { passed: 1, failed: 3, skipped: 0, notes: [] };
    expect(closingLine([one, two])).toBe('6 passed, 3 failed, 2 skipped');
    expect(closingLine([])).toBe('0 passed, 0 failed, 0 skipped');
  });
});
