/** Element types of the bytes in the files against what config.json declares. */
import { dtypeText } from '../../../common/dtypeName.ts';
import type { Checkpoint } from '../../checkpoint/openCheckpoint.ts';

export interface StoredTypes {
  readonly declared: string;
  /** Largest share first, by bytes. */
  readonly found: string;
  /** False where the files plainly hold something else than declared. */
  readonly fits: boolean;
  readonly fp8Weights: number;
}

const fp8 = /^F8_/;
const mostNamed = 3;

export function storedTypes({ config, tensors }: Checkpoint): StoredTypes {
  const bytesOf = new Map<string, number>();
  let total = 0;
  let fp8Weights = 0;
  for (const tensor of tensors) {
    const { name, begin, end } = tensor;
    const dtype = dtypeText(tensor);
    bytesOf.set(dtype, (bytesOf.get(dtype) ?? 0) + end - begin);
    total += end - begin;
    if (fp8.test(dtype) && name.endsWith('.weight')) fp8Weights++;
  }
  const { method, declared, weightBlockSize } = config.quantization;
  const shares = [...bytesOf].sort(([, a], [, b]) => b - a);
  const found = shares
    .slice(0, mostNamed)
    .map(([dtype, bytes]) => `${dtype} ${percent(bytes / Math.max(1, total))}`)
    .join(', ');
  const block = weightBlockSize === null ? '' : `, ${weightBlockSize.join(' x ')} blocks`;
  return {
    declared: method === 'none' ? config.torchDtype : `${declared ?? method}${block}`,
    found: shares.length > mostNamed ? `${found}, …` : found,
    fits:
      method === 'other' ||
      (method === 'none' ? fp8Weights === 0 && shares[0]?.[0] === config.torchDtype : fp8Weights > 0),
    fp8Weights,
  };
}

function percent(share: number): string {
  const value = share * 100;
  return value > 0 && value < 0.1 ? '<0.1 %' : `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}
