/** `headers`: config, index and headers of a checkpoint into one file, to be looked at where the weights are not. */
import { dirname, resolve } from 'node:path';
import { FailureError } from '../../common/failure.ts';
import { writeHeadersFile } from '../../engine/checkpoint/headersFile.ts';
import { openCheckpoint } from '../../engine/checkpoint/openCheckpoint.ts';
import { aboutReference } from '../aboutReference.ts';
import { type CliOutput, printResult } from '../cliOutput.ts';
import type { CliRequest } from '../cliRequest.ts';
import { locate } from '../locate.ts';

export async function headers(request: CliRequest, output: CliOutput): Promise<number> {
  const checkpoint = await openCheckpoint(locate(request.checkpoint));
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), request.headersOut);
  // Nothing is ever written into a checkpoint.
  if (dirname(path) === checkpoint.folder)
    throw new FailureError('badOption', '--out lies in the checkpoint folder.', {
      path,
      hint: 'Choose another folder.',
    });
  const bytes = await writeHeadersFile(checkpoint, path);
  const { tensors, files } = checkpoint;
  const text = `${path}: ${tensors.length.toLocaleString('en-US')} tensors of ${files.length} files in ${(bytes / 1e6).toFixed(2)} MB\n`;
  await printResult(
    output,
    request.json ? { ...aboutReference(), out: path, bytes, tensors: tensors.length, files: files.length } : text,
  );
  return 0;
}
