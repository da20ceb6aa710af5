/** Which bytes of which tensors are looked at: what drafting needs first, within a budget. */
import type { ModelConfig, Tensor } from '../../../../common/domain.ts';
import { type SampledRange, sampleRanges } from '../../../values/sampling.ts';
import type { SharedPair } from './sharedPairs.ts';
import { roleOf, type TensorRole } from './tensorRole.ts';

export interface ReadBudget {
  /** Bytes of one tensor. */
  readonly tensorBytes: number;
  /** Bytes of all together. */
  readonly totalBytes: number;
}

export const defaultBudget: ReadBudget = { tensorBytes: 256 * 1024, totalBytes: 64 * 2 ** 20 };

export interface TensorReading {
  readonly tensor: Tensor;
  readonly role: TensorRole;
  /** In bytes from the first of the tensor, ascending. */
  readonly ranges: readonly SampledRange[];
  /** Whether its bytes are kept for comparison with another tensor's. */
  readonly isKept: boolean;
}

/** A tensor of the target that is no expert gets this much when not all can be read; experts come last. */
const targetShare = 16 * 1024;
/** Fewer bytes of a larger tensor say nothing. */
const leastShare = 1024;
/** MTP experts may take this part of what the others left, so that something remains for the target. */
const expertShare = 3 / 4;

const sizeOf = ({ begin, end }: Tensor) => end - begin;

/** @param budget null: every tensor whole, for reading in pieces; nothing is kept then */
export function planReading(
  tensors: readonly Tensor[],
  config: ModelConfig,
  pairs: readonly SharedPair[],
  budget: ReadBudget | null,
): readonly TensorReading[] {
  const readable = tensors.filter(({ dtype }) => dtype !== 'UNKNOWN');
  const all = readable.map((tensor) => ({ tensor, role: roleOf(tensor, config) }));
  if (budget === null)
    return all.map(({ tensor, role }) => ({
      tensor,
      role,
      ranges: sampleRanges(sizeOf(tensor), tensor.dtype, Number.POSITIVE_INFINITY),
      isKept: false,
    }));
  const paired = new Set(pairs.flatMap(({ copy, original }) => [copy, original]));
  const classes: (typeof all)[] = [[], [], [], [], []];
  for (const entry of all) classes[classOf(entry, paired)]?.push(entry);
  const plan: TensorReading[] = [];
  let left = budget.totalBytes;
  const take = ({ tensor, role }: (typeof all)[number], limit: number, isKept: boolean) => {
    const ranges = sampleRanges(sizeOf(tensor), tensor.dtype, Math.min(limit, budget.tensorBytes));
    const bytes = ranges.reduce((sum, { begin, end }) => sum + end - begin, 0);
    if (bytes === 0 || bytes > left) return;
    left -= bytes;
    plan.push({ tensor, role, ranges, isKept });
  };
  const [shared = [], modules = [], experts = [], target = [], targetExperts = []] = classes;
  // The same limit for all of them: only equal ranges can be compared.
  for (const entry of shared) take(entry, left / 4 / shared.length, true);
  const capped = ({ tensor }: (typeof all)[number]) => Math.min(sizeOf(tensor), budget.tensorBytes);
  shareOut(modules, left, capped, take);
  shareOut(experts, left * expertShare, capped, take);
  for (const entries of [target, targetExperts]) {
    const wanted = entries.reduce((sum, entry) => sum + capped(entry), 0);
    const limit = wanted <= left ? budget.tensorBytes : targetShare;
    for (const entry of entries) {
      if (left < leastShare) break;
      take(entry, limit, false);
    }
  }
  return plan;
}

function classOf(
  { tensor, role }: { tensor: Tensor; role: TensorRole },
  paired: ReadonlySet<Tensor>,
): 0 | 1 | 2 | 3 | 4 {
  if (paired.has(tensor)) return 0;
  if (role.use === 'drafting') return role.isExpert ? 2 : 1;
  return role.isExpert ? 4 : 3;
}

/** Small tensors whole; what they leave of their even share goes to the larger ones. */
function shareOut<T>(
  entries: readonly T[],
  bytes: number,
  capped: (entry: T) => number,
  take: (entry: T, limit: number, isKept: boolean) => void,
): void {
  const bySize = [...entries].sort((a, b) => capped(a) - capped(b));
  let left = bytes;
  for (const [at, entry] of bySize.entries()) {
    const share = Math.floor(left / (bySize.length - at));
    if (share < Math.min(leastShare, capped(entry))) break;
    take(entry, share, false);
    left -= Math.min(share, capped(entry));
  }
}
