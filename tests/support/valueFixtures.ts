/** Values for the tensors of small checkpoints. */
import { type Dtype, dtypeBytes } from '../../electron/common/domain.ts';
import type { TestTensor } from './checkpointFolder.ts';

/** Little-endian bytes of BF16, F32 or F8_E4M3; of the last, `valueAt` gives the byte itself. */
export function encoded(dtype: Dtype, count: number, valueAt: (element: number) => number): Uint8Array {
  const bytes = new Uint8Array(count * dtypeBytes[dtype]);
  const view = new DataView(bytes.buffer);
  const single = new DataView(new ArrayBuffer(4));
  for (let at = 0; at < count; at++) {
    const value = valueAt(at);
    if (dtype === 'F32') view.setFloat32(at * 4, value, true);
    else if (dtype === 'BF16') {
      single.setFloat32(0, value);
      view.setUint16(at * 2, single.getUint16(0), true);
    } else bytes[at] = value;
  }
  return bytes;
}

const numel = ({ shape }: TestTensor) => shape.reduce((product, size) => product * size, 1);

/** Neither constant nor odd, and the same for tensors of the same size. */
export function plausible(tensor: TestTensor): TestTensor {
  const { dtype = 'BF16' } = tensor;
  const valueAt = dtype === 'F8_E4M3' ? (at: number) => 0x20 + (at % 23) : (at: number) => 0.01 + (at % 97) / 1000;
  return { ...tensor, data: encoded(dtype, numel(tensor), valueAt) };
}

/** All tensors plausible, those that the pattern fits with other values. */
export const valued =
  (pattern: RegExp = /^$/, valueAt: (element: number) => number = () => 0) =>
  (tensors: TestTensor[]): TestTensor[] =>
    tensors.map((tensor) =>
      pattern.test(tensor.name)
        ? { ...tensor, data: encoded(tensor.dtype ?? 'BF16', numel(tensor), valueAt) }
        : plausible(tensor),
    );
