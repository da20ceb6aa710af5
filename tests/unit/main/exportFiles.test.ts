import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportRequestSchema, suggestedName, withEnding, writeWhole } from '../../../electron/main/exportFiles.ts';

describe('files that are saved', () => {
  it.each([
    ['../../etc/passwd', 'etc-passwd.csv'],
    ['C:\\x\\..\\y', 'C-x-.-y.csv'],
    ['.bashrc', 'bashrc.csv'],
    ['', 'draftscope.csv'],
    ['a\u0000b\u202Ec<d>', 'a-b-c-d.csv'],
    ['x'.repeat(500), `${'x'.repeat(100)}.csv`],
  ])('suggests a plain name for %j', (about, name) => {
    expect(suggestedName(about, 'csv')).toBe(name);
  });

  it('adds the ending only where there is none', () => {
    expect(withEnding(join('a.b', 'report'), 'html')).toBe(join('a.b', 'report.html'));
    expect(withEnding('report.htm', 'html')).toBe('report.htm');
  });

  it('accepts no path and no other kind from the page', () => {
    expect(exportRequestSchema.safeParse({ kind: 'exe', about: 'x', text: '' }).success).toBe(false);
    expect(exportRequestSchema.parse({ kind: 'csv', about: 'x', text: '', path: '/tmp/x' })).not.toHaveProperty('path');
  });

  it('replaces a file as a whole and leaves nothing beside it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'draftscope-test-'));
    const file = join(folder, 'report.html');
    writeFileSync(file, 'before');
    await writeWhole(file, 'after');
    expect(readFileSync(file, 'utf8')).toBe('after');
    // A folder of that name can't be replaced by a file.
    mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
    await expect(writeWhole(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(['report.html', 'taken']);
  });
});
