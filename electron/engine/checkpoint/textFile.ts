/** Reads a file that the checkpoint only promises to be text: neither a pipe nor an endless device may hold the engine up. */
import { readFile, stat } from 'node:fs/promises';

/**
 * @param path symlinks are followed
 * @param maxBytes larger files are refused
 * @throws Error with a `code`: what the file system says, ENOTFILE for what is no regular file, EFBIG above maxBytes
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  // Asked before opening: opening a named pipe would wait for a writer for ever.
  const info = await stat(path);
  if (!info.isFile()) throw Object.assign(new Error(`${path} is not a regular file`), { code: 'ENOTFILE' });
  if (info.size > maxBytes) throw Object.assign(new Error(`${path} has ${info.size} bytes`), { code: 'EFBIG' });
  return readFile(path, 'utf8');
}
