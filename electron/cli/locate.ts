/** Paths as the person means them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** npm runs scripts in the package's folder; a relative path means the folder the person is in. */
export function locate(path: string): string {
  const from = process.env.INIT_CWD;
  const there = from === undefined ? null : resolve(from, path);
  return there !== null && existsSync(there) ? there : resolve(path);
}
