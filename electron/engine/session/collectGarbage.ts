/** Memory that was let go of, given back now. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Runs a full collection. Left alone, V8 lets the heap grow to twice what was in use before it looks: half a million
 * tensors that nothing refers to any more would lie beside the next half million.
 */
export function collectGarbage(): void {
  // The function exists in contexts made after the flag was set.
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
