import type { Dtype } from '../../../common/domain.ts';
import { about, evidenceOf } from './evidence.ts';
import { type FindingRule, namesText, plural } from './finding.ts';
import { fp8, fullPrecision } from './precision.ts';
import { loadedTensors } from './shapes.ts';

/** Bits of the fraction, and the largest power of two. */
const floats: Partial<Record<Dtype, readonly [fraction: number, range: number]>> = {
  F64: [52, 1023],
  F32: [23, 127],
  BF16: [7, 127],
  F16: [10, 15],
  F8_E4M3: [3, 8],
  F8_E5M2: [2, 15],
};

function isSameKind(from: Dtype, to: Dtype): boolean {
  return (fullPrecision.has(from) && fullPrecision.has(to)) || (fp8.has(from) && fp8.has(to));
}

/** Every copy converts. Between types of one kind the values stay about what they are; the others have findings of their own. */
export const dtypeConverted: FindingRule = (picture) => {
  const pairs = new Map<string, number>();
  let narrows = false;
  const lossy = loadedTensors(picture).filter(({ what: { tensor, parameter } }) => {
    const from = floats[tensor.dtype];
    const to = floats[parameter.dtype];
    if (tensor.file < 0 || from === undefined || to === undefined) return false;
    if (tensor.dtype === parameter.dtype || !isSameKind(tensor.dtype, parameter.dtype)) return false;
    if (to[0] >= from[0] && to[1] >= from[1]) return false;
    const pair = `${tensor.dtype} to ${parameter.dtype}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    narrows ||= to[1] < from[1];
    return true;
  });
  if (lossy.length === 0) return null;
  const counted = [...pairs].map(([pair, count]) => `${count.toLocaleString('en-US')} from ${pair}`);
  const owners = lossy.length === 1 ? 'its parameter' : 'their parameters';
  const conversion =
    pairs.size === 1
      ? `converted from ${[...pairs.keys()][0]}, the type of ${owners}`
      : `converted to the type of ${owners}, ${namesText(counted, 4)}`;
  return {
    code: 'dtypeConverted',
    severity: narrows ? 'warning' : 'note',
    sentence: `${plural(lossy.length, 'tensor')} of MTP layers would be ${conversion} (${namesText(lossy.map(({ what }) => what.tensor.name))}): ${narrows ? 'values that are too large for it become infinite or NaN' : 'values are rounded'}.`,
    evidence: evidenceOf(
      lossy.map(({ what: { tensor, parameter } }) =>
        about('tensor', tensor.name, `${tensor.name}: ${tensor.dtype}, ${parameter.name} is ${parameter.dtype}`),
      ),
    ),
    hint: narrows
      ? 'Serve the model in the type in which the files store it, or convert them with a look at the largest values.'
      : 'Nothing to do, unless the layer was meant to run in that type.',
  };
};
