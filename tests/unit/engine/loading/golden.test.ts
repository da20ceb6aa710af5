/** Every recorded trace of the reference loader, field by field. Only the texts of errors are ours. */
import { describe, expect, it } from 'vitest';
import { comparable, goldenNames, readCase, recordOf } from './goldenCases.ts';

describe('recorded traces of the reference loader', () => {
  it('has the cases that the drafter must reproduce', () => {
    const names = goldenNames();
    for (const prefix of ['bf16-1mtp-tp1', 'bf16-2mtp-tp1', 'bf16-1mtp-ep2-linear', 'bf16-1mtp-ep4-linear'])
      expect(names.filter((name) => name.startsWith(prefix)).length, prefix).toBeGreaterThan(0);
  });

  it.each(goldenNames())('%s', (name) => {
    const golden = readCase(name);
    expect(comparable(recordOf(golden))).toEqual(comparable(golden));
  });
});
