/** Bytes of a checkpoint -> numbers. Little-endian, as safetensors stores them. */
import { type Dtype, dtypeBytes } from '../../common/domain.ts';

type Decoder = (view: DataView, at: number) => number;

/**
 * A small float by its fields: sign, exponent, fraction.
 * @param finite e4m3fn has no infinities: only the pattern with all bits set is NaN
 */
function smallFloat(bits: number, exponentBits: number, fractionBits: number, finite: boolean): number {
  const sign = bits >> (exponentBits + fractionBits) === 1 ? -1 : 1;
  const highest = 2 ** exponentBits - 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = (bits >> fractionBits) & highest;
  const fraction = bits & (2 ** fractionBits - 1);
  if (finite ? exponent === highest && fraction === 2 ** fractionBits - 1 : exponent === highest && fraction !== 0)
    return Number.NaN;
  if (!finite && exponent === highest) return sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias - fractionBits);
  return sign * (1 + fraction / 2 ** fractionBits) * 2 ** (exponent - bias);
}

const e4m3 = Float64Array.from({ length: 256 }, (_, bits) => smallFloat(bits, 4, 3, true));
const e5m2 = Float64Array.from({ length: 256 }, (_, bits) => smallFloat(bits, 5, 2, false));
const widened = new DataView(new ArrayBuffer(4));

/** BF16 is the upper half of a float of 32 bits. */
function bfloat(bits: number): number {
  widened.setUint32(0, bits << 16);
  return widened.getFloat32(0);
}

/** Decoding by table: one look-up instead of the arithmetic. Made when first needed. */
function tableOf(decode: (bits: number) => number): () => Float64Array {
  let table: Float64Array | null = null;
  return () => {
    table ??= Float64Array.from({ length: 65_536 }, (_, bits) => decode(bits));
    return table;
  };
}
const halves = tableOf((bits) => smallFloat(bits, 5, 10, false));
const bfloats = tableOf(bfloat);

const decoders: Readonly<Record<Dtype, Decoder>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => halves()[view.getUint16(at, true)] as number,
  BF16: (view, at) => bfloats()[view.getUint16(at, true)] as number,
  F8_E4M3: (view, at) => e4m3[view.getUint8(at)] as number,
  // A power of two without sign, as scales have it; all bits set is NaN.
  F8_E8M0: (view, at) => (view.getUint8(at) === 255 ? Number.NaN : 2 ** (view.getUint8(at) - 127)),
  F8_E5M2: (view, at) => e5m2[view.getUint8(at)] as number,
  I64: (view, at) => Number(view.getBigInt64(at, true)),
  U64: (view, at) => Number(view.getBigUint64(at, true)),
  I32: (view, at) => view.getInt32(at, true),
  U32: (view, at) => view.getUint32(at, true),
  I16: (view, at) => view.getInt16(at, true),
  U16: (view, at) => view.getUint16(at, true),
  I8: (view, at) => view.getInt8(at),
  U8: (view, at) => view.getUint8(at),
  BOOL: (view, at) => view.getUint8(at),
  // Asked for by nobody: the bytes as they are.
  UNKNOWN: (view, at) => view.getUint8(at),
};

/** @param bytes whole elements; integers past 2^53 are rounded */
export function decodeValues(dtype: Dtype, bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = dtypeBytes[dtype];
  const decode = decoders[dtype];
  const values = new Float64Array(Math.floor(bytes.byteLength / size));
  for (let at = 0; at < values.length; at++) values[at] = decode(view, at * size);
  return values;
}
