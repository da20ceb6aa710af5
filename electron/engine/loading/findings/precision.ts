/** Dtypes in which weights are stored, unquantised and quantised. */
import type { Dtype } from '../../../common/domain.ts';

export const fullPrecision: ReadonlySet<Dtype> = new Set(['BF16', 'F16', 'F32', 'F64']);
export const fp8: ReadonlySet<Dtype> = new Set(['F8_E4M3', 'F8_E5M2']);
