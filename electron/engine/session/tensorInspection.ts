/** A closer look at the values of one tensor. */
import type { TensorValues } from '../../common/contract.ts';
import type { Tensor } from '../../common/domain.ts';
import { dtypeText } from '../../common/dtypeName.ts';
import { FailureError } from '../../common/failure.ts';
import type { Checkpoint } from '../checkpoint/openCheckpoint.ts';
import { readTensorRanges } from '../checkpoint/tensorBytes.ts';
import { indexOfTensor } from '../checkpoint/tensorIndex.ts';
import { decodeValues } from '../values/decodeValues.ts';
import { sampleRanges } from '../values/sampling.ts';
import { statisticsOf } from '../values/statistics.ts';

const limitBytes = 2 ** 20;
/** Larger scales are no block scales of a weight. */
const maxGridValues = 2 ** 20;

/** @throws FailureError badRequest, and what reading throws */
export async function inspectTensor(checkpoint: Checkpoint, index: number, maxValues: number): Promise<TensorValues> {
  const begin = performance.now();
  const tensor = checkpoint.tensors[index];
  if (tensor === undefined) throw new FailureError('badRequest', `There is no tensor ${index} in this checkpoint.`);
  if (tensor.dtype === 'UNKNOWN')
    throw new FailureError('notRunnable', `${tensor.name} holds ${dtypeText(tensor)}, a type that is not read here.`, {
      hint: 'Its name, shape and size are all that is known.',
    });
  const total = tensor.end - tensor.begin;
  const ranges = sampleRanges(total, tensor.dtype, limitBytes);
  const parts = await readTensorRanges(checkpoint, tensor, ranges);
  const bytesRead = parts.reduce((sum, part) => sum + part.length, 0);
  const joined = new Uint8Array(bytesRead);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  const values = decodeValues(tensor.dtype, joined);
  const first = decodeValues(tensor.dtype, parts[0] ?? new Uint8Array(0)).slice(0, maxValues);
  return {
    tensor: index,
    name: tensor.name,
    dtype: tensor.dtype,
    shape: [...tensor.shape],
    numel: tensor.shape.reduce((product, size) => product * size, 1),
    valuesRead: values.length,
    bytesRead,
    sampled: bytesRead < total,
    first,
    ...statisticsOf(values),
    scaleGrid: await scaleGridOf(checkpoint, index),
    micros: (performance.now() - begin) * 1000,
  };
}

const suffix = '_scale_inv';

/** The block scales of a weight, or of the scale itself; null = it has none that could be drawn. */
async function scaleGridOf(checkpoint: Checkpoint, index: number): Promise<TensorValues['scaleGrid']> {
  const { tensors } = checkpoint;
  const name = tensors[index]?.name ?? '';
  const isScale = name.endsWith(suffix);
  const scaleAt = isScale ? index : indexOfTensor(tensors, `${name}${suffix}`);
  const scale = tensors[scaleAt];
  const weightName = isScale ? name.slice(0, -suffix.length) : name;
  const weight = tensors[indexOfTensor(tensors, weightName)];
  if (scale === undefined || scale.file < 0 || scale.shape.length !== 2) return null;
  const [rows = 0, cols = 0] = scale.shape;
  if (rows === 0 || cols === 0 || rows * cols > maxGridValues) return null;
  const [bytes] = await readTensorRanges(checkpoint, scale, [{ begin: 0, end: scale.end - scale.begin }]);
  const values = Float32Array.from(decodeValues(scale.dtype, bytes ?? new Uint8Array(0)));
  return { tensor: scaleAt, name: scale.name, rows, cols, block: blockOf(weight, rows, cols), values };
}

/** From the shapes: the power of two that both fit; null where the weight does not tell. */
function blockOf(weight: Tensor | undefined, rows: number, cols: number): [number, number] | null {
  const [weightRows, weightCols] = weight?.shape ?? [];
  if (weightRows === undefined || weightCols === undefined || weight?.shape.length !== 2) return null;
  const size = (length: number, blocks: number) => {
    const power = 2 ** Math.ceil(Math.log2(Math.max(1, length / blocks)));
    return Math.ceil(length / power) === blocks ? power : Math.ceil(length / blocks);
  };
  return [size(weightRows, rows), size(weightCols, cols)];
}
