/** A folder whose weights are no safetensors files: refused, with what is there instead. */
import { readdir } from 'node:fs/promises';
import { FailureError } from '../../common/failure.ts';

const weightEndings = ['.bin', '.pt', '.pth', '.ckpt', '.gguf', '.msgpack', '.h5', '.npz', '.onnx'];
/** Of a trainer, a tokenizer or the index of pickled files: no weights. */
const noWeightNames = /^(?:training_args|optimizer|scheduler|rng_state.*)\.(?:bin|pt|pth)$/;

/** @param folder has a config.json and no .safetensors file */
export async function noSafetensors(folder: string): Promise<FailureError> {
  const others = (await readdir(folder))
    .filter((name) => weightEndings.some((ending) => name.toLowerCase().endsWith(ending)) && !noWeightNames.test(name))
    .sort();
  const [first] = others;
  const message = 'This folder has a config.json but no .safetensors file';
  if (first === undefined) return new FailureError('noWeights', `${message}.`, { path: folder });
  const more = others.length === 1 ? '' : ` and ${others.length - 1} more`;
  return new FailureError('noWeights', `${message}; its weights are in ${first}${more}, which is not read here.`, {
    path: folder,
    hint: 'Download the .safetensors files of the model, or convert these tensor by tensor; save_pretrained of transformers would drop the MTP layers.',
  });
}
