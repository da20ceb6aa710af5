/** A checkpoint from a folder or a headers file. */
import { withoutFilesBeside } from '../checkpoint/filesBeside.ts';
import { isHeadersFile, readHeadersFile } from '../checkpoint/headersFile.ts';
import { type Checkpoint, type OpenOptions, openCheckpoint } from '../checkpoint/openCheckpoint.ts';

export interface OpenChoices {
  /** Files that lie beside the weights and are none are left out, though the reference would read them. */
  readonly withoutBeside?: boolean;
}

/** @throws FailureError what opening a folder or a headers file throws */
export async function readCheckpoint(path: string, options: OpenOptions & OpenChoices): Promise<Checkpoint> {
  if (await isHeadersFile(path)) {
    const checkpoint = await readHeadersFile(path);
    await options.whenReadable?.();
    return checkpoint;
  }
  const checkpoint = await openCheckpoint(path, options);
  return options.withoutBeside === true ? withoutFilesBeside(checkpoint) : checkpoint;
}
