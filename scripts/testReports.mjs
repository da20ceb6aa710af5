/** Counts from the runners' own JSON reports. Nothing here decides what passed; it only reads. */

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string[]} notes one line per skipped test, and what else a person should know
 */

/**
 * @param {any} report vitest's JSON reporter
 * @returns {Counts}
 */
export function countVitest(report) {
  /** @type {Counts} */
  const counts = { passed: 0, failed: 0, skipped: 0, notes: [] };
  for (const file of report.testResults) {
    let failedHere = 0;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed += 1;
      else if (test.status === 'failed') failedHere += 1;
      else if (test.status === 'pending') {
        // Left over when the process that ran the file fell over.
        failedHere += 1;
        counts.notes.push(`never ran: ${test.fullName}`);
      } else {
        counts.skipped += 1;
        counts.notes.push(`skipped: ${test.fullName}`);
      }
    }
    // A file that could not be loaded has no tests to fail.
    if (file.status === 'failed' && failedHere === 0) {
      failedHere = 1;
      counts.notes.push(`failed as a whole: ${file.name}`);
    }
    counts.failed += failedHere;
  }
  return counts;
}

/**
 * @param {any} report Playwright's JSON reporter
 * @returns {Counts}
 */
export function countPlaywright(report) {
  const { expected, unexpected, flaky, skipped } = report.stats;
  /** @type {string[]} */
  const notes = [];
  /** @param {any} suite */
  const walk = (suite) => {
    for (const spec of suite.specs ?? []) {
      for (const test of spec.tests) {
        if (test.status !== 'skipped') continue;
        const reason = test.annotations.find((/** @type {any} */ note) => note.type === 'skip')?.description;
        notes.push(`skipped: ${spec.title}${reason ? ` (${reason})` : ''}`);
      }
    }
    for (const inner of suite.suites ?? []) walk(inner);
  };
  for (const suite of report.suites) walk(suite);
  const outside = report.errors.length;
  if (outside > 0) notes.push(`${outside} errors outside of tests: ${report.errors[0].message}`);
  return { passed: expected + flaky, failed: unexpected + outside, skipped, notes };
}

/**
 * @param {any} report `native_tests --json`
 * @returns {Counts}
 */
export function countNative(report) {
  const { passed, failed, skipped } = report;
  if (![passed, failed, skipped].every(Number.isInteger)) throw new Error('the report has no counts');
  // The program names failed and skipped cases with their reasons itself.
  return { passed, failed, skipped, notes: [] };
}

/**
 * The verdict over one runner: its own counts, plus one failure when it fell over without naming one.
 * @param {string} name
 * @param {number | null} exitCode
 * @param {any} report parsed JSON, or null when there is none
 * @param {(report: any) => Counts} count
 * @returns {Counts}
 */
export function judgeRunner(name, exitCode, report, count) {
  /** @type {Counts} */
  let counts;
  try {
    if (report === null) throw new Error('it left none');
    counts = count(report);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { passed: 0, failed: 1, skipped: 0, notes: [`${name}: no usable report (${why}), exit code ${exitCode}`] };
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    return { ...counts, failed: 1, notes: [...counts.notes, `${name}: ran no tests, exit code ${exitCode}`] };
  }
  if (exitCode !== 0 && counts.failed === 0) {
    return { ...counts, failed: 1, notes: [...counts.notes, `${name}: exit code ${exitCode} although no test failed`] };
  }
  return counts;
}

/**
 * @param {readonly Counts[]} all
 * @returns {string} the closing line
 */
export function closingLine(all) {
  /** @param {'passed' | 'failed' | 'skipped'} key */
  const sum = (key) => all.reduce((total, counts) => total + counts[key], 0);
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`;
}
