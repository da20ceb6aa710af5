/** Errors of the native library as failures that people can read. */
import { type Failure, type FailureCode, makeFailure, toFailure } from '../../common/failure.ts';
import { NativeError, type NativeErrorCode } from '../kernels/kernels.ts';

const codes: Record<NativeErrorCode, FailureCode> = {
  invalidArgument: 'nativeFailed',
  outOfMemory: 'outOfMemory',
  ioError: 'readFailed',
  shortRead: 'shardTruncated',
  unsupported: 'notRunnable',
  deviceError: 'nativeFailed',
  cancelled: 'cancelled',
  internal: 'nativeFailed',
};

/** Whatever was thrown while native code was involved. */
export function describeError(error: unknown): Failure {
  if (!(error instanceof NativeError)) return toFailure(error);
  if (error.code === 'ioError' && error.message.includes('changed since')) {
    return makeFailure('fileChanged', error.message);
  }
  return makeFailure(codes[error.code], error.message);
}
