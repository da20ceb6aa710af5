/** Memory of every rank by a few kinds, and which rank needs most. Pure. */
import type { Placement } from '../../electron/common/contract.ts';
import { type ByteKind, byteKinds } from '../../electron/common/schemas/placement.ts';
import type { PlacementModel } from './placementStore.ts';

/** Kinds that are told apart in a bar, in its order. */
export const barKinds: readonly { readonly label: string; readonly kinds: readonly ByteKind[] }[] = [
  { label: 'routed experts', kinds: ['routedExperts'] },
  { label: 'shared experts, dense MLP', kinds: ['sharedExperts', 'denseMlp'] },
  { label: 'attention', kinds: ['attention'] },
  { label: 'embedding, head', kinds: ['embedding', 'head'] },
  { label: 'eh_proj, router, norms', kinds: ['ehProj', 'router', 'norms'] },
  { label: 'scales', kinds: ['scales'] },
];

/** Bytes of one rank, in the order of barKinds. */
export function bytesByKind(placement: Placement, model: PlacementModel, rank: number): number[] {
  return sumsByBarKind(placement[model].bytes.subarray(rank * byteKinds.length, (rank + 1) * byteKinds.length));
}

/** @param bytes [byteKinds] */
export function sumsByBarKind(bytes: Float64Array): number[] {
  return barKinds.map(({ kinds }) => kinds.reduce((sum, kind) => sum + (bytes[byteKinds.indexOf(kind)] ?? 0), 0));
}

export interface Extremes {
  readonly most: number;
  /** The first ranks that need most; how many do. */
  readonly ranks: readonly number[];
  readonly least: number;
}

/** Which ranks need most memory: bytes, and the ranks that need exactly as many. */
export function mostMemory(placement: Placement, model: PlacementModel): Extremes {
  const { total } = placement[model];
  const most = total.reduce((a, b) => Math.max(a, b), 0);
  const least = total.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const ranks = [...total.keys()].filter((rank) => total[rank] === most);
  return { most, ranks, least: Number.isFinite(least) ? least : 0 };
}

/** What the reference raises where no rank can hold the model; null where at least one can. */
export function whyNotBuilt(placement: Placement, model: PlacementModel): string | null {
  const { errors } = placement[model];
  const [first] = errors;
  return first === undefined || mostMemory(placement, model).most > 0 ? null : `${first.type}: ${first.message}`;
}
