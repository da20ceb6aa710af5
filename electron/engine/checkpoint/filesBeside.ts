/** Files that lie beside the weights of a folder without an index and are none. */
import type { Checkpoint } from './openCheckpoint.ts';

/** The weights of a folder that is not cut into shards. */
const weightsFile = 'model.safetensors';
const weightName = /^(?:model|lm_head)\./;

/**
 * Without an index every .safetensors file of a folder is part of the checkpoint for the reference. This is the checkpoint
 * without those beside model.safetensors in which no tensor is named like a weight of a model, as with recorded activations.
 * The same checkpoint where there are none.
 */
export function withoutFilesBeside(checkpoint: Checkpoint): Checkpoint {
  const { files, tensors, index } = checkpoint;
  if (index !== null || !files.some(({ name }) => name === weightsFile)) return checkpoint;
  const withWeights = new Set(tensors.flatMap(({ name, file }) => (weightName.test(name) ? [file] : [])));
  const isKept = (file: number) => withWeights.has(file) || files[file]?.name === weightsFile;
  const kept = files.map((_, file) => file).filter(isKept);
  if (kept.length === files.length) return checkpoint;
  return {
    ...checkpoint,
    files: kept.flatMap((file) => files[file] ?? []),
    tensors: tensors
      .filter(({ file }) => isKept(file))
      .map((tensor) => ({ ...tensor, file: kept.indexOf(tensor.file) })),
    filesBeside: files.flatMap(({ name }, file) => (isKept(file) ? [] : [name])),
  };
}
