import { describe, expect, it } from 'vitest';
import { printableLine, printableText } from '../../../electron/cli/printable.ts';

describe('printableLine', () => {
  it('shows what a terminal would take for a command', () => {
    expect(printableLine('a\x1b]0;title\x07\x1b[2Jb\nc\rd\x9b')).toBe('a\\x1b]0;title\\x07\\x1b[2Jb\\x0ac\\x0dd\\x9b');
    expect(printableLine('x\u202etxt.exe')).toBe('x\\u202etxt.exe');
  });

  it('leaves letters of every script alone', () => {
    const text = 'Grüße, 世界, ｜begin▁of▁sentence｜ 🙂\t<b>';
    expect(printableLine(text)).toBe(text);
  });
});

describe('printableText', () => {
  it('keeps line breaks', () => {
    expect(printableText('a\n\x1bb\n')).toBe('a\n\\x1bb\n');
  });
});
