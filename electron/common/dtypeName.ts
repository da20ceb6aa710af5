/** Element types by the names that files give them. */
import { type Dtype, dtypeBytes, type Tensor } from './domain.ts';

/** Longer ones are no names. */
export const maxDtypeName = 64;

export function dtypeNamed(name: string): Pick<Tensor, 'dtype' | 'dtypeName'> {
  const isKnown = Object.hasOwn(dtypeBytes, name) && name !== ('UNKNOWN' satisfies Dtype);
  return isKnown ? { dtype: name as Dtype } : { dtype: 'UNKNOWN', dtypeName: name };
}

/** As the file names it. */
export function dtypeText({ dtype, dtypeName }: Pick<Tensor, 'dtype' | 'dtypeName'>): string {
  return dtypeName ?? dtype;
}
