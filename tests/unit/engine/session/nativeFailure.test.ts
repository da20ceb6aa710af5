import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../electron/common/failure.ts';
import { NativeError, type NativeErrorCode } from '../../../../electron/engine/kernels/kernels.ts';
import { describeError } from '../../../../electron/engine/session/nativeFailure.ts';

describe('describeError', () => {
  const cases: [NativeErrorCode, string, string, string][] = [
    [
      'ioError',
      'a.safetensors changed since it was opened',
      'fileChanged',
      'a.safetensors changed since it was opened.',
    ],
    ['ioError', 'reading failed', 'readFailed', 'Reading failed.'],
    ['shortRead', 'the file ended', 'shardTruncated', 'The file ended.'],
    ['outOfMemory', 'cannot allocate 5 bytes', 'outOfMemory', 'Cannot allocate 5 bytes.'],
    ['invalidArgument', 'config.heads must be an integer', 'notRunnable', 'config.heads must be an integer.'],
    ['unsupported', 'target/x is too wide.', 'notRunnable', 'target/x is too wide.'],
    ['deviceError', 'lost', 'nativeFailed', 'lost.'],
    ['deviceLost', 'the device was lost', 'deviceLost', 'The device was lost.'],
    ['cancelled', 'cancelled', 'cancelled', 'cancelled.'],
    ['internal', 'odd: 1', 'nativeFailed', 'Odd: 1.'],
  ];
  it.each(cases)('%s "%s" -> %s', (code, message, expected, sentence) => {
    const failure = describeError(new NativeError(code, message));
    expect(failure.code).toBe(expected);
    expect(failure.message).toBe(sentence);
    expect(failure.hint).not.toBe('');
  });

  it('passes failures on and calls everything else internal', () => {
    expect(describeError(new FailureError('busy', 'A load is running.')).code).toBe('busy');
    expect(describeError(new Error('x'))).toMatchObject({ code: 'internal', message: 'x' });
    expect(describeError(7)).toMatchObject({ code: 'internal', message: '7' });
  });
});
