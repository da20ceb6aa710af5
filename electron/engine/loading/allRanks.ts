/**
 * The drafter's plan on every rank. Only tensors of MTP layers are planned again: all others are skipped at once on every
 * rank. Under expert parallelism a rank is given its own experts only; without it, ranks between two that end alike end alike.
 */
import type { ParallelConfig, RankPlacement, Tensor } from '../../common/domain.ts';
import { expertMatches } from './expertNames.ts';
import { type LoadPlan, planLoad, tensorsThatEnd } from './loadPlan.ts';
import { nameSkips } from './nameSkips.ts';

/** A plan, and the ranks that it stands for. */
export interface RankPlan {
  readonly ranks: readonly number[];
  readonly plan: LoadPlan;
  /** Index of each of the plan's tensors among those of the checkpoint. */
  readonly tensorOf: (index: number) => number;
}

interface MtpTensors {
  /** Planned on every rank. */
  readonly common: readonly number[];
  /** logical expert -> its tensors */
  readonly ofExpert: ReadonlyMap<number, readonly number[]>;
}

/**
 * @param plan of one rank, with all tensors
 * @param placementOf places another rank of the same set-up
 */
export function planAllRanks(plan: LoadPlan, placementOf: (rank: number) => RankPlacement): readonly RankPlan[] {
  const { parallel } = plan.input;
  const numRanks = parallel.tensorParallelSize * parallel.dataParallelSize;
  const own: RankPlan = { ranks: [parallel.rank], plan, tensorOf: (index) => index };
  if (numRanks === 1) return [own];
  let tensors: MtpTensors | null = null;
  const planned = (rank: number): RankPlan => {
    if (rank === parallel.rank) return own;
    const placement = placementOf(rank);
    const on = (indices: readonly number[]): RankPlan => ({
      ranks: [rank],
      plan: planRank(plan, { ...parallel, rank }, placement, indices),
      tensorOf: (index) => indices[index] ?? -1,
    });
    if (plan.initError !== null) {
      // Where this model can't be built either, no tensor matters.
      const empty = on([]);
      if (empty.plan.initError !== null) return empty;
    }
    tensors ??= mtpTensors(plan);
    return on(tensorsOn(placement, tensors));
  };
  if (plan.input.placement.experts.useExpertParallel)
    return Array.from({ length: numRanks }, (_, rank) => planned(rank));
  const groups: RankPlan[] = [];
  for (let first = 0; first < numRanks; first += parallel.tensorParallelSize)
    fillBetween(planned, first, first + parallel.tensorParallelSize - 1, groups);
  return groups;
}

/**
 * Within one data-parallel group every cut begins later on a higher rank, so a tensor that ends alike on two ranks ends
 * alike on those between them.
 */
function fillBetween(planned: (rank: number) => RankPlan, low: number, high: number, groups: RankPlan[]): void {
  const known = new Map<number, RankPlan>();
  const at = (rank: number) => {
    const found = known.get(rank) ?? planned(rank);
    known.set(rank, found);
    return found;
  };
  const walk = (from: number, to: number): void => {
    if (from === to || endsAlike(at(from).plan, at(to).plan)) {
      groups.push({ ...at(from), ranks: Array.from({ length: to - from + 1 }, (_, step) => from + step) });
      return;
    }
    const middle = Math.floor((from + to) / 2);
    walk(from, middle);
    walk(middle + 1, to);
  };
  walk(low, high);
}

function endsAlike(a: LoadPlan, b: LoadPlan): boolean {
  return (
    a.initError?.message === b.initError?.message &&
    errorsOf(a) === errorsOf(b) &&
    slotsOf(a) === slotsOf(b) &&
    a.strictCheckMissing.join() === b.strictCheckMissing.join()
  );
}

/** Names, not indices: one of the plans may hold all tensors and the other those of MTP layers alone. */
function errorsOf(plan: LoadPlan): string {
  return Array.from(tensorsThatEnd(plan, 'error'), (index) => plan.input.tensors[index]?.name).join('\n');
}

function slotsOf({ slots }: LoadPlan): string {
  return JSON.stringify(
    [slots.never, slots.twice].map((list) => list.map(({ parameter, slot, expert }) => [parameter, slot, expert])),
  );
}

/** Tensors that the drafter does not skip by name, those of experts apart. */
function mtpTensors(plan: LoadPlan): MtpTensors {
  const { input, columns, context } = plan;
  const common: number[] = [];
  const ofExpert = new Map<number, number[]>();
  for (const index of nameSkips(plan.loadRules, input.tensors, context)?.rest ?? input.tensors.keys()) {
    const [match, ...others] = expertMatches(input.tensors[index]?.name ?? '');
    // An unknown suffix fails on every rank, whoever holds the expert.
    const isPlain =
      match !== undefined &&
      others.length === 0 &&
      columns.outcome[index] !== 2 &&
      !context.fuseSharedExperts &&
      match.expert < context.placement.experts.numLogicalExperts;
    if (!isPlain) common.push(index);
    else {
      const list = ofExpert.get(match.expert);
      if (list === undefined) ofExpert.set(match.expert, [index]);
      else list.push(index);
    }
  }
  return { common, ofExpert };
}

function tensorsOn({ experts }: RankPlacement, { common, ofExpert }: MtpTensors): readonly number[] {
  const indices = [...common];
  for (const [expert, list] of ofExpert)
    if (experts.expertMap === null || (experts.expertMap[expert] ?? -1) >= 0)
      for (const index of list) indices.push(index);
  return indices.sort((a, b) => a - b);
}

function planRank(
  { input }: LoadPlan,
  parallel: ParallelConfig,
  placement: RankPlacement,
  indices: readonly number[],
): LoadPlan {
  return planLoad({ ...input, parallel, placement, tensors: indices.map((index) => input.tensors[index] as Tensor) });
}
