/** Errors of the native library as failures that people can read. */
import { type Failure, type FailureCode, makeFailure, toFailure } from '../../common/failure.ts';
import { NativeError, type NativeErrorCode } from '../kernels/kernels.ts';

const codes: Record<NativeErrorCode, FailureCode> = {
  invalidArgument: 'notRunnable',
  outOfMemory: 'outOfMemory',
  ioError: 'readFailed',
  shortRead: 'shardTruncated',
  unsupported: 'notRunnable',
  deviceError: 'nativeFailed',
  deviceLost: 'deviceLost',
  cancelled: 'cancelled',
  internal: 'nativeFailed',
};

/** Whatever was thrown while native code was involved. */
export function describeError(error: unknown): Failure {
  if (!(error instanceof NativeError)) return toFailure(error);
  if (error.code === 'ioError' && error.message.includes('changed since')) {
    return makeFailure('fileChanged', sentence(error.message));
  }
  if (error.code === 'invalidArgument') {
    const hint = 'Compare config.json with the original: it does not describe a model that can be computed here.';
    return makeFailure('notRunnable', sentence(error.message), { hint });
  }
  return makeFailure(codes[error.code], sentence(error.message));
}

/** Native messages are clauses; people read sentences. */
function sentence(message: string): string {
  // A first word with a dot or a slash is a name, and names stay as they are.
  const text = /^[a-z]+[ :,]/.test(message) ? message.charAt(0).toUpperCase() + message.slice(1) : message;
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
