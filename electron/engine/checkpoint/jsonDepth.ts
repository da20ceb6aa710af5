/** JSON nested deeper than any real file: reading it is easy, and writing it or looking through it would exhaust the stack. */

/** Config files of real checkpoints have some 5 levels. */
export const maxJsonDepth = 64;

/** Whether objects and lists lie in one another more than maxJsonDepth deep. @param value parsed JSON */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maxJsonDepth; depth++) {
    level = level.flatMap((entry) => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []));
    if (level.length === 0) return false;
  }
  return true;
}
