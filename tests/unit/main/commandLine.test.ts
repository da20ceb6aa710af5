import { describe, expect, it } from 'vitest';
import { folderArgument, optionValue } from '../../../electron/main/commandLine.ts';

describe('the command line of the app', () => {
  it('finds the folder among options and their values', () => {
    expect(folderArgument(['--link', '#load', 'models/v3'])).toBe('models/v3');
    expect(folderArgument(['models/v3', '--link=#load'])).toBe('models/v3');
    expect(folderArgument(['--no-sandbox', '--self-test', 'out.json'])).toBeNull();
  });

  it('reads a value in both forms; an empty one is none', () => {
    expect(optionValue(['--link', '#load'], '--link')).toBe('#load');
    expect(optionValue(['--link=a=b'], '--link')).toBe('a=b');
    expect(optionValue(['--link='], '--link')).toBeNull();
    expect(optionValue(['--link'], '--link')).toBeNull();
    expect(optionValue(['--linked', 'x'], '--link')).toBeNull();
  });
});
